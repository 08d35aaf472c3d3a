#include "ui/widgets/read_jobs.h"

#include <atomic>
#include <exception>

#include <QVariant>

namespace ahascope::ui {

namespace {
// The newest ticket of each topic, shared between the threads; kept by the receiver.
using Ticket = std::shared_ptr<std::atomic<unsigned>>;

Ticket ticketOf(QObject* receiver, const QString& topic)
{
    if (topic.isEmpty())
        return std::make_shared<std::atomic<unsigned>>(0);
    const QByteArray name = "_ticket_" + topic.toUtf8();
    QVariant held = receiver->property(name.constData());
    if (!held.isValid()) {
        held = QVariant::fromValue(std::make_shared<std::atomic<unsigned>>(0));
        receiver->setProperty(name.constData(), held);
    }
    return held.value<Ticket>();
}
}

ReadJobs::ReadJobs(QObject* parent, int threads) : QObject(parent)
{
    m_pool.setMaxThreadCount(threads);
    m_pool.setExpiryTimeout(-1);
}

ReadJobs::~ReadJobs()
{
    m_pool.clear();
    m_pool.waitForDone();
}

void ReadJobs::submit(QObject* receiver, const QString& topic, const QString& doing, std::function<void()> work,
    std::function<void()> done)
{
    // Work without a topic is never out of date.
    const Ticket ticket = topic.isEmpty() ? std::make_shared<std::atomic<unsigned>>(0) : ticketOf(receiver, topic);
    const unsigned mine = ++*ticket;
    ++m_waiting;
    // The pool's thread never dereferences the receiver: it only hands the pointer on, to this object's own thread.
    const QPointer<QObject> who(receiver);
    m_pool.start([this, who, ticket, mine, doing, work = std::move(work), done = std::move(done)] {
        std::exception_ptr problem;
        if (*ticket == mine) {
            try {
                work();
            } catch (...) {
                problem = std::current_exception();
            }
        }
        QMetaObject::invokeMethod(
            this,
            [this, who, ticket, mine, doing, done, problem] {
                --m_waiting;
                if (who && *ticket == mine) {
                    try {
                        if (problem)
                            std::rethrow_exception(problem);
                        done();
                    } catch (...) {
                        reportCurrentException(who, doing);
                    }
                }
                if (m_waiting == 0)
                    Q_EMIT idle();
            },
            Qt::QueuedConnection);
    });
}

} // namespace ahascope::ui
