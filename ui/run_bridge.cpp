#include "ui/run_bridge.h"

#include <stdexcept>

#include "ui/widgets/guarded.h"

namespace ahascope::ui {

namespace {
RunState stateAfter(const pipeline::RunFinished& finished)
{
    switch (finished.outcome) {
    case pipeline::Outcome::Finished:
        return RunState::Finished;
    case pipeline::Outcome::Stopped:
        return RunState::Stopped;
    case pipeline::Outcome::Failed:
        break;
    }
    return RunState::Failed;
}
}

QString describe(RunState state)
{
    switch (state) {
    case RunState::Idle:
        return QStringLiteral("idle");
    case RunState::Starting:
        return QStringLiteral("starting");
    case RunState::Running:
        return QStringLiteral("running");
    case RunState::Pausing:
        return QStringLiteral("pausing");
    case RunState::Paused:
        return QStringLiteral("paused");
    case RunState::Stopping:
        return QStringLiteral("stopping");
    case RunState::Finished:
        return QStringLiteral("finished");
    case RunState::Stopped:
        return QStringLiteral("stopped");
    case RunState::Failed:
        return QStringLiteral("failed");
    }
    return {};
}

bool isActive(RunState state)
{
    return state == RunState::Starting || state == RunState::Running || state == RunState::Pausing
        || state == RunState::Paused || state == RunState::Stopping;
}

RunBridge::RunBridge(QObject* parent) : QObject(parent)
{
    m_mailbox = std::make_shared<RunMailbox>([this] {
        QMetaObject::invokeMethod(
            this, guarded(this, tr("Reading the run's news"), [this] { fetch(); }), Qt::QueuedConnection);
    });
}

RunBridge::~RunBridge()
{
    m_worker.reset();
    m_mailbox->close(); // who still holds a sink posts to nobody
}

pipeline::EventSink RunBridge::sink()
{
    return [mailbox = m_mailbox](const pipeline::RunEvent& event) { mailbox->post(event); };
}

void RunBridge::start(pipeline::RunStart start, pipeline::RunOptions options, const QString& name)
{
    if (active())
        throw std::logic_error("a run is active already");
    m_worker.reset();
    m_mailbox->clear();
    m_status = {};
    m_status.name = name;
    options.listener = sink();
    setState(RunState::Starting);
    try {
        m_worker = std::make_unique<pipeline::RunWorker>(std::move(start), std::move(options));
    } catch (...) {
        setState(RunState::Idle);
        throw;
    }
}

void RunBridge::pause()
{
    if (!m_worker || m_status.state != RunState::Running)
        return;
    m_worker->control().requestPause();
    setState(RunState::Pausing);
}

void RunBridge::resume()
{
    if (!m_worker || (m_status.state != RunState::Paused && m_status.state != RunState::Pausing))
        return;
    m_worker->control().requestContinue();
    setState(RunState::Running);
}

void RunBridge::stop(pipeline::StopRequest request)
{
    if (!m_worker || !active())
        return;
    m_worker->control().requestStop(request);
    setState(RunState::Stopping);
}

void RunBridge::checkpointNow()
{
    if (m_worker && active())
        m_worker->control().requestCheckpoint();
}

void RunBridge::setState(RunState state)
{
    if (m_status.state == state)
        return;
    m_status.state = state;
    Q_EMIT changed();
}

void RunBridge::fetch()
{
    m_status.news = m_mailbox->take();
    const RunNews& news = m_status.news;
    if (m_worker && m_status.run == 0)
        m_status.run = m_worker->number();
    const RunState before = m_status.state;
    if (news.finished)
        m_status.state = stateAfter(*news.finished);
    else if (before != RunState::Stopping)
        m_status.state = news.paused      ? RunState::Paused
            : before == RunState::Pausing ? RunState::Pausing
                                          : RunState::Running;
    for (const auto& [at, notice] : news.notices)
        Q_EMIT noticed(
            at.globalStep, notice.level == pipeline::Notice::Level::Warning, QString::fromStdString(notice.text));
    if (news.noticesLeftOut > 0)
        Q_EMIT noticed(news.at.globalStep, true, tr("%1 more notices are in the store").arg(news.noticesLeftOut));
    Q_EMIT changed();
    if (news.evaluations > 0)
        Q_EMIT evaluated();
    if (news.dataUpTo >= 0 || news.started)
        Q_EMIT dataArrived(m_status.run, news.dataUpTo);
    if (news.finished)
        Q_EMIT ended();
}

} // namespace ahascope::ui
