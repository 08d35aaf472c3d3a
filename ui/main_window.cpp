#include "ui/main_window.h"

#include <QDateTime>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QSettings>

#include "core/config/toml.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/log_model.h"
#include "ui/models/models_model.h"
#include "ui/models/runs_model.h"
#include "ui/models/store_access.h"
#include "ui/pane_dock.h"
#include "ui/panes/charts_pane.h"
#include "ui/panes/compare_pane.h"
#include "ui/panes/hardware_pane.h"
#include "ui/panes/launch_pane.h"
#include "ui/panes/log_pane.h"
#include "ui/panes/models_pane.h"
#include "ui/panes/playground_pane.h"
#include "ui/panes/reader_pane.h"
#include "ui/panes/rewards_pane.h"
#include "ui/panes/runs_pane.h"
#include "ui/panes/samples_pane.h"
#include "ui/panes/start_page.h"
#include "ui/panes/template_pane.h"
#include "ui/run_bar.h"
#include "ui/run_bridge.h"
#include "ui/theme/appearance.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/read_jobs.h"
#include "ui/widgets/segmented_bar.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {
constexpr int pollEvery = 3000; // milliseconds
}

// In the order in which they need each other; the run's thread ends first.
struct MainWindow::Shared {
    explicit Shared(const std::filesystem::path& folder)
        : store(folder)
        , checks(nullptr, 2)
        , document(checks)
        , current(store)
        , runs(store)
        , models(checks)
    {
    }
    StoreAccess store;
    ReadJobs checks;
    ExperimentDocument document;
    CurrentRun current;
    RunsModel runs;
    LogModel log;
    ModelsModel models;
    RunBridge bridge;
};

MainWindow::MainWindow(Appearance& appearance, const WindowOptions& options) : m_appearance(appearance)
{
    setObjectName(QStringLiteral("main"));
    setMinimumSize(900, 600);
    setAcceptDrops(true);
    makeShared(options);
    m_actions = new RunActions(*m_workbench, options.run, this);
    makePanes(options);
    makeTop();
    makeMenus();
    connectPanes();
    connectRun();
    resize(1440, 900);
    if (options.restoreLayout) {
        const QSettings settings;
        restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
        m_workspaces->restore();
    }
    m_workspaces->show(Workspace::Start);
    updateTitle();
    m_poll.setInterval(pollEvery);
    connect(&m_poll, &QTimer::timeout, this, guarded(this, tr("Listing runs"), [this] {
        if (isVisible() && !isMinimized())
            m_workbench->runs.refresh();
    }));
    m_poll.start();
    m_workbench->runs.refresh();
}

MainWindow::~MainWindow()
{
    // Panes use what m_shared holds.
    for (QDockWidget* dock : findChildren<QDockWidget*>(QString(), Qt::FindDirectChildrenOnly))
        delete dock;
    delete takeCentralWidget();
    delete m_runBar;
    delete m_actions;
}

void MainWindow::makeShared(const WindowOptions& options)
{
    const std::filesystem::path folder
        = options.store.isEmpty() ? store::defaultStoreFolder() : std::filesystem::path(options.store.toStdString());
    m_shared = std::make_unique<Shared>(folder);
    // Errors of what has no window of its own are shown by this one.
    for (QObject* object : std::initializer_list<QObject*>{&m_shared->store, &m_shared->checks, &m_shared->document,
             &m_shared->current, &m_shared->runs, &m_shared->log, &m_shared->models, &m_shared->bridge})
        object->setProperty(windowProperty, QVariant::fromValue<QObject*>(this));
    m_workbench = std::make_unique<Workbench>(Workbench{m_shared->store, m_shared->checks, m_shared->document,
        m_shared->bridge, m_shared->current, m_shared->runs, m_shared->log, m_shared->models});
}

void MainWindow::makePanes(const WindowOptions& options)
{
    m_start = new StartPage(*m_workbench);
    setCentralWidget(m_start);
    m_workspaces = new Workspaces(*this);
    const auto add = [this](const char* id, const QString& title, const char* iconName, QWidget* pane) {
        m_workspaces->add(new PaneDock(QLatin1String(id), title, QLatin1String(iconName), pane, this));
    };
    m_models = new ModelsPane(*m_workbench);
    m_template = new TemplatePane(*m_workbench);
    m_rewards = new RewardsPane(*m_workbench);
    m_launch = new LaunchPane(*m_workbench, *m_actions);
    m_charts = new ChartsPane(*m_workbench);
    m_hardware = new HardwarePane(*m_workbench, options.gpuLibrary);
    m_samples = new SamplesPane(*m_workbench);
    m_reader = new ReaderPane(*m_workbench);
    m_runs = new RunsPane(*m_workbench);
    m_compare = new ComparePane(*m_workbench);
    m_playground = new PlaygroundPane(*m_workbench);
    add("models", tr("Models"), "model", m_models);
    add("template", tr("Template"), "template", m_template);
    add("rewards", tr("Rewards"), "rewards", m_rewards);
    add("launch", tr("Launch"), "launch", m_launch);
    add("charts", tr("Charts"), "charts", m_charts);
    add("hardware", tr("Hardware"), "hardware", m_hardware);
    add("log", tr("Log"), "log", new LogPane(*m_workbench));
    add("samples", tr("Samples"), "samples", m_samples);
    add("reader", tr("Reader"), "reader", m_reader);
    add("runs", tr("Runs"), "runs", m_runs);
    add("compare", tr("Compare"), "compare", m_compare);
    add("playground", tr("Playground"), "playground", m_playground);
}

void MainWindow::connectPanes()
{
    const auto go = [this](Workspace workspace, const char* pane) {
        return [this, workspace, pane] { m_workspaces->showPane(workspace, QLatin1String(pane)); };
    };
    const auto toLaunch = go(Workspace::Design, "launch");
    connect(m_charts, &ChartsPane::launchRequested, this, toLaunch);
    connect(m_hardware, &HardwarePane::launchRequested, this, toLaunch);
    connect(m_samples, &SamplesPane::launchRequested, this, toLaunch);
    connect(m_runs, &RunsPane::launchRequested, this, toLaunch);
    connect(m_compare, &ComparePane::runsRequested, this, go(Workspace::Compare, "runs"));
    connect(m_charts, &ChartsPane::stepClicked, this,
        guarded(this, tr("Listing samples"), [this](qint64 step, bool heldOut) {
            m_workspaces->showPane(Workspace::Inspect, QStringLiteral("samples"));
            m_samples->showStep(step, heldOut);
        }));
    connect(m_samples, &SamplesPane::sampleChosen, this, guarded(this, tr("Opening a sample"), [this](qint64 id) {
        m_reader->open(m_workbench->current.number(), id);
    }));
    connect(m_samples, &SamplesPane::groupStepRequested, this,
        guarded(this, tr("Showing a sample"), [this](int direction) { m_reader->walk(direction); }));
    connect(m_reader, &ReaderPane::shown, m_samples, [this](qint64 id) { m_samples->select(id); });
    connect(m_reader, &ReaderPane::stepRequested, m_samples, &SamplesPane::step);
    connect(m_reader, &ReaderPane::problemRequested, this,
        guarded(this, tr("Listing a problem"), [this](quint64 problem, const QString& question) {
            m_workspaces->showPane(Workspace::Inspect, QStringLiteral("samples"));
            m_samples->showProblem(problem, question);
        }));
    connect(m_rewards, &RewardsPane::sampleChosen, this, guarded(this, tr("Opening a sample"), [this](qint64 id) {
        m_workspaces->showPane(Workspace::Inspect, QStringLiteral("reader"));
        m_reader->open(m_workbench->current.number(), id);
    }));
    connect(m_launch, &LaunchPane::openRequested, this,
        guarded(this, tr("Opening an experiment"), [this](const QString& file) { openExperiment(file); }));
    connect(m_models, &ModelsPane::useRequested, this,
        guarded(this, tr("Using a model"), [this](const QString& path) { useModel(path); }));
    connect(m_runs, &RunsPane::openRequested, this, guarded(this, tr("Opening a run"), [this](qint64 run) {
        openRun(run);
        m_workspaces->show(Workspace::Train);
    }));
    connect(m_runs, &RunsPane::compareRequested, this, guarded(this, tr("Comparing runs"), [this](qint64 a, qint64 b) {
        m_workspaces->showPane(Workspace::Compare, QStringLiteral("compare"));
        m_compare->compare(a, b);
    }));
    connect(m_runs, &RunsPane::designRequested, this,
        guarded(this, tr("Opening a run's settings"), [this](qint64 run) { reuseSettings(run); }));
    connect(m_runs, &RunsPane::resumeRequested, this, guarded(this, tr("Resuming"), [this](qint64 run) {
        const RunRow* row = m_workbench->runs.find(run);
        m_actions->resumeRun(run, row ? QString::fromStdString(row->entry.name) : QString());
    }));
    connect(m_start, &StartPage::demoRequested, this, guarded(this, tr("Starting the demo"), [this] { startDemo(); }));
    connect(m_start, &StartPage::openRequested, this, guarded(this, tr("Opening"), [this] { openDialog(); }));
    connect(m_start, &StartPage::presetRequested, this,
        guarded(this, tr("Opening a preset"), [this](const QString& file) { openExperiment(file); }));
    connect(m_start, &StartPage::runRequested, this, guarded(this, tr("Opening a run"), [this](qint64 run) {
        openRun(run);
        m_workspaces->show(Workspace::Train);
    }));
    connect(m_start, &StartPage::filesDropped, this, guarded(this, tr("Opening"), [this](const QStringList& files) {
        for (const QString& file : files)
            openGiven(file);
    }));
}

bool MainWindow::event(QEvent* event)
{
    if (event->type() == TroubleEvent::eventType()) {
        const auto* trouble = static_cast<TroubleEvent*>(event);
        const QString title
            = trouble->internal ? tr("Internal error: %1").arg(trouble->title) : tr("%1 failed").arg(trouble->title);
        m_banner->show(Banner::Tone::Error, title, trouble->text);
        m_workbench->log.add(
            LogLine{QDateTime::currentMSecsSinceEpoch(), -1, true, title + QStringLiteral(": ") + trouble->text});
        return true;
    }
    return QMainWindow::event(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const auto open = guarded(this, tr("Opening"), [this](const QString& path) { openGiven(path); });
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            open(url.toLocalFile());
    event->acceptProposedAction();
}

} // namespace ahascope::ui
