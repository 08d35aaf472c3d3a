// Reads and other short work off the GUI thread. Results come back to the GUI thread as values.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include "ui/widgets/guarded.h"

namespace ahascope::ui {

// One thread (or a few, for work that shares nothing), jobs in order. A job belongs to a receiver and a topic: asking
// again for the same topic makes the earlier one stale; a stale job that has not begun is skipped, one that has begun
// is not delivered. Without a topic a job is never stale: for work that changes something. Results for a receiver that
// is gone are dropped. The destructor waits for the job that runs.
class ReadJobs : public QObject {
    Q_OBJECT
public:
    explicit ReadJobs(QObject* parent = nullptr, int threads = 1);
    ~ReadJobs() override;

    // `work` runs on the reading thread and must own all that it touches; `done` runs on the GUI thread with its
    // result. What either throws is reported at the receiver's window, under the name `doing`.
    template <typename Work, typename Done>
    void run(QObject* receiver, const QString& topic, const QString& doing, Work work, Done done)
    {
        using Result = std::invoke_result_t<Work>;
        auto result = std::make_shared<std::unique_ptr<Result>>();
        submit(
            receiver, topic, doing, [work = std::move(work), result] { *result = std::make_unique<Result>(work()); },
            [done = std::move(done), result] { done(std::move(**result)); });
    }

    int waiting() const { return m_waiting; }

Q_SIGNALS:
    void idle();

private:
    void submit(QObject* receiver, const QString& topic, const QString& doing, std::function<void()> work,
        std::function<void()> done);

    QThreadPool m_pool;
    int m_waiting = 0;
};

} // namespace ahascope::ui
