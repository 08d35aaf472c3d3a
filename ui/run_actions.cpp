#include "ui/run_actions.h"

#include <QWidget>

#include "core/pipeline/device.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/runs_model.h"
#include "ui/models/store_access.h"
#include "ui/run_bridge.h"
#include "ui/theme/icons.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/labels.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {
bool isUnderWay(store::RunState state)
{
    return state == store::RunState::Running || state == store::RunState::Paused;
}
}

RunActions::RunActions(Workbench& workbench, RunSettings settings, QWidget* window)
    : QObject(window)
    , m_workbench(workbench)
    , m_settings(std::move(settings))
    , m_window(window)
    , m_place(new RunPlaceChoice(workbench.checks, this))
    , m_detached(new DetachedStart(this))
{
    m_start = add(tr("&Start"), "play", tr("Start a run of the experiment in Design (F5)"), QKeySequence(Qt::Key_F5),
        [this] { startDocument(); });
    m_pause = add(tr("&Pause"), "pause", tr("Pause at the next chunk of work; nothing is lost (Ctrl+Alt+P)"),
        QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_P), [this] { steer(pipeline::ControlRequest::Pause); });
    m_resume = add(tr("&Resume"), "resume",
        tr("Go on with a paused run, or with a stopped one from its last checkpoint (Ctrl+Alt+R)"),
        QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_R), [this] {
            if (m_workbench.bridge.active() || looksAtOthers())
                steer(pipeline::ControlRequest::Continue);
            else
                resumeRun(m_workbench.current.number(), QString::fromStdString(m_workbench.current.info().name));
        });
    m_stop = add(tr("S&top and save"), "stop",
        tr("Write a checkpoint, then end the run; it can be resumed exactly (Shift+F5)"),
        QKeySequence(Qt::SHIFT | Qt::Key_F5), [this] { steer(pipeline::ControlRequest::Stop); });
    m_stopNow = add(tr("Stop &without saving"), "close",
        tr("End the run at once; what happened after its last checkpoint is lost"), {},
        [this] { steer(pipeline::ControlRequest::StopNow); });
    m_checkpoint = add(tr("Save a &checkpoint now"), "save", tr("Write a checkpoint at the end of this step and go on"),
        {}, [this] { steer(pipeline::ControlRequest::Checkpoint); });
    const auto refresh = guarded(window, tr("Updating the controls"), [this] { update(); });
    connect(&workbench.bridge, &RunBridge::changed, this, refresh);
    connect(&workbench.bridge, &RunBridge::ended, this, guarded(window, tr("Ending the run"), [this] {
        m_ended = m_workbench.bridge.status().run;
        update();
    }));
    connect(&workbench.document, &ExperimentDocument::changed, this, refresh);
    connect(&workbench.document, &ExperimentDocument::checked, this, refresh);
    connect(&workbench.current, &CurrentRun::opened, this, refresh);
    connect(&workbench.current, &CurrentRun::infoChanged, this, refresh);
    connect(&workbench.current, &CurrentRun::stateChanged, this, refresh);
    connectStart();
    update();
}

void RunActions::connectStart()
{
    connect(m_place, &RunPlaceChoice::changed, this, guarded(m_window, tr("Starting a run"), [this] {
        Q_EMIT placeChanged();
        if (m_waiting)
            std::exchange(m_waiting, nullptr)();
    }));
    connect(m_detached, &DetachedStart::started, this, guarded(m_window, tr("Starting a run"), [this](qint64 run) {
        update();
        Q_EMIT startedDetached(run);
    }));
    connect(m_detached, &DetachedStart::failed, this,
        guarded(m_window, tr("Starting a run"), [this](const QString& reason) {
            m_startProblem = reason;
            update();
            Q_EMIT startFailed();
        }));
    connect(&m_workbench.document, &ExperimentDocument::changed, this, [this] {
        m_startProblem.clear();
        Q_EMIT placeChanged(); // it may name another device
    });
}

QAction* RunActions::add(
    const QString& text, const char* iconName, const QString& tip, const QKeySequence& key, std::function<void()> act)
{
    auto* action = new QAction(icon(QString::fromLatin1(iconName)), text, this);
    action->setToolTip(tip);
    action->setShortcut(key);
    action->setShortcutContext(Qt::ApplicationShortcut);
    m_window->addAction(action);
    connect(
        action, &QAction::triggered, this, guarded(m_window, QString(text).remove(QLatin1Char('&')), std::move(act)));
    return action;
}

bool RunActions::looksAtOthers() const
{
    const CurrentRun& current = m_workbench.current;
    const RunStatus& own = m_workbench.bridge.status();
    return current.isKnown() && isUnderWay(current.info().state) && m_ended != current.number()
        && !(m_workbench.bridge.active() && (own.run == 0 || own.run == current.number()));
}

void RunActions::steer(pipeline::ControlRequest request)
{
    if (!looksAtOthers())
        return steerOwn(request);
    m_workbench.store.askRun(
        m_workbench.current.number(), this, {}, tr("Steering a run of another program"),
        [request](store::RunReader& reader) {
            pipeline::sendRequest(reader.folder(), request);
            return true;
        },
        [this](bool) { m_workbench.current.touch(); });
}

void RunActions::steerOwn(pipeline::ControlRequest request)
{
    RunBridge& bridge = m_workbench.bridge;
    switch (request) {
    case pipeline::ControlRequest::Pause:
        return bridge.pause();
    case pipeline::ControlRequest::Continue:
        return bridge.resume();
    case pipeline::ControlRequest::Checkpoint:
        return bridge.checkpointNow();
    case pipeline::ControlRequest::Stop:
        return bridge.stop(pipeline::StopRequest::AfterCheckpoint);
    case pipeline::ControlRequest::StopNow:
        return bridge.stop(pipeline::StopRequest::AtOnce);
    }
}

QString RunActions::obstacle() const
{
    if (m_workbench.bridge.active())
        return tr("A run is active; stop it first");
    if (isStarting())
        return tr("A run is being started in a process of its own");
    if (!m_workbench.document.isOpen())
        return tr("Open an experiment or choose a preset first");
    const pipeline::Preflight* check = m_workbench.document.preflight();
    if (!m_workbench.document.isChecked() || check == nullptr)
        return tr("The experiment is being checked");
    if (!check->problems.empty())
        return tr("%1 to mend first")
            .arg(counted(static_cast<qint64>(check->problems.size()), tr("problem"), tr("problems")));
    return {};
}

void RunActions::update()
{
    const RunState state = m_workbench.bridge.status().state;
    const bool active = isActive(state);
    const QString why = obstacle();
    m_start->setEnabled(why.isEmpty());
    m_start->setToolTip(why.isEmpty() ? tr("Start a run of the experiment in Design (F5)") : why);
    const store::RunState looked = m_workbench.current.info().state;
    if (!isUnderWay(looked))
        m_ended = 0;
    if (looksAtOthers()) {
        const bool runs = looked == store::RunState::Running;
        m_pause->setEnabled(runs);
        m_resume->setEnabled(!runs);
        m_stop->setEnabled(true);
        m_stopNow->setEnabled(true);
        m_checkpoint->setEnabled(runs);
        return;
    }
    m_pause->setEnabled(state == RunState::Running);
    const bool resumable = !active && !isStarting() && m_workbench.current.isKnown()
        && (looked == store::RunState::Stopped || looked == store::RunState::Interrupted
            || looked == store::RunState::Failed);
    m_resume->setEnabled(state == RunState::Paused || state == RunState::Pausing || resumable);
    m_stop->setEnabled(active && state != RunState::Stopping);
    m_stopNow->setEnabled(active);
    m_checkpoint->setEnabled(state == RunState::Running);
}

// As a run takes it: the program's own setting goes before the experiment's.
std::string RunActions::documentDevice() const
{
    return m_settings.device == pipeline::autoDevice ? m_workbench.document.experiment().device : m_settings.device;
}

std::optional<RunPlace> RunActions::place()
{
    return m_place->placeFor(documentDevice());
}

void RunActions::choosePlace(RunPlace place)
{
    m_place->choose(place, documentDevice());
}

void RunActions::startDocument()
{
    launch(pipeline::StartFresh{m_workbench.document.experiment()}, documentDevice(), m_workbench.document.title());
}

void RunActions::resumeRun(std::int64_t number, const QString& name)
{
    launch(pipeline::StartResume{number}, m_settings.device, name);
}

void RunActions::launch(const pipeline::RunStart& start, const std::string& device, const QString& name)
{
    m_startProblem.clear();
    const std::optional<RunPlace> place = m_place->placeFor(device);
    if (!place) {
        m_waiting = [this, start, device, name] { launch(start, device, name); };
        return;
    }
    const pipeline::RunOptions options{m_workbench.store.folder(), device, m_settings.threads, {}};
    if (*place == RunPlace::OwnProcess)
        return launchDetached(start, options);
    m_workbench.bridge.start(start, options, name);
    Q_EMIT started();
}

void RunActions::launchDetached(const pipeline::RunStart& start, const pipeline::RunOptions& options)
{
    if (const auto* stored = std::get_if<pipeline::StartResume>(&start))
        m_detached->resume(stored->run, options);
    else
        m_detached->start(std::get<pipeline::StartFresh>(start).experiment, options);
    update();
}

} // namespace ahascope::ui
