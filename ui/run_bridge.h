// The run of this window: starts it, steers it, and tells the panes what it does.
#pragma once

#include <memory>
#include <optional>

#include <QObject>

#include "core/pipeline/run_worker.h"
#include "ui/run_mailbox.h"

namespace ahascope::ui {

// Where the run is, for the bar at the top and for the log.
struct RunStatus {
    RunState state = RunState::Idle;
    std::int64_t run = 0; // number in the catalogue; 0: not known yet
    RunNews news;         // the newest; `news.at` is the position
    QString name;
};

QString describe(RunState state); // "running"
bool isActive(RunState state);    // there is a worker that has not ended

class RunBridge : public QObject {
    Q_OBJECT
public:
    explicit RunBridge(QObject* parent = nullptr);
    // Asks for a stop after a checkpoint and waits for it.
    ~RunBridge() override;

    // Throws std::logic_error while a run is active.
    void start(pipeline::RunStart start, pipeline::RunOptions options, const QString& name);
    void pause();
    void resume();
    void stop(pipeline::StopRequest request);
    void checkpointNow();

    const RunStatus& status() const { return m_status; }
    bool active() const { return isActive(m_status.state); }

    // What a run's thread calls; events may come from any thread.
    pipeline::EventSink sink();

Q_SIGNALS:
    void changed();                            // status(): state or position
    void dataArrived(qint64 run, qint64 upTo); // the store has, or is about to have, everything up to this step
    void noticed(qint64 step, bool warning, const QString& text);
    void evaluated();
    void ended(); // status().state says how

private:
    void fetch();
    void setState(RunState state);

    std::shared_ptr<RunMailbox> m_mailbox; // shared with the sink
    std::unique_ptr<pipeline::RunWorker> m_worker;
    RunStatus m_status;
};

} // namespace ahascope::ui
