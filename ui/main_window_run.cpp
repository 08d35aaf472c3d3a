// What the window does about runs: starting, following, ending, resuming, closing.
#include <filesystem>

#include <QCloseEvent>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>

#include "core/config/toml.h"
#include "ui/given_files.h"
#include "ui/main_window.h"
#include "ui/models/current_run.h"
#include "ui/models/experiment_document.h"
#include "ui/models/runs_model.h"
#include "ui/models/store_access.h"
#include "ui/resource_paths.h"
#include "ui/run_bridge.h"
#include "ui/theme/icons.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/guarded.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

void MainWindow::connectRun()
{
    RunBridge& bridge = m_workbench->bridge;
    connect(m_actions, &RunActions::started, this, guarded(this, tr("Following the run"), [this] {
        m_followsRun = true;
        m_banner->hide();
        m_workspaces->showPane(Workspace::Train, QStringLiteral("charts"));
    }));
    connect(m_actions, &RunActions::startedDetached, this,
        guarded(this, tr("Following the run"), [this](qint64 run) { followDetached(run); }));
    connect(m_actions, &RunActions::startFailed, this, guarded(this, tr("Showing why a run did not start"), [this] {
        m_workspaces->showPane(Workspace::Design, QStringLiteral("launch"));
    }));
    connect(&bridge, &RunBridge::changed, this, guarded(this, tr("Following the run"), [this, &bridge] {
        if (m_followsRun && bridge.status().run != 0 && m_workbench->current.number() != bridge.status().run) {
            m_workbench->current.open(bridge.status().run);
            m_workbench->runs.refresh();
        }
    }));
    connect(&bridge, &RunBridge::dataArrived, this, guarded(this, tr("Following the run"), [this](qint64 run) {
        if (run == m_workbench->current.number())
            m_workbench->current.touch();
    }));
    connect(&bridge, &RunBridge::evaluated, &m_workbench->runs, &RunsModel::refresh);
    connect(&bridge, &RunBridge::ended, this, guarded(this, tr("Ending the run"), [this] { runEnded(); }));
    connect(&m_workbench->runs, &RunsModel::refreshed, this,
        guarded(this, tr("Looking for interrupted runs"), [this] { offerToResume(); }));
    connect(&m_workbench->document, &ExperimentDocument::titleChanged, this, [this] { updateTitle(); });
    connect(&m_workbench->current, &CurrentRun::infoChanged, this, [this] { updateTitle(); });
}

void MainWindow::openExperiment(const QString& file)
{
    m_workbench->document.load(file);
    m_workspaces->showPane(Workspace::Design, QStringLiteral("launch"));
}

void MainWindow::startExperiment(const QString& file)
{
    m_workbench->document.load(file);
    m_actions->startDocument();
}

void MainWindow::startDemo()
{
    const QString file = resourceFile(QStringLiteral("experiments/r1-zero-countdown.toml"));
    if (file.isEmpty())
        throw InputError({"resources/experiments/r1-zero-countdown.toml", "the shipped demo was not found",
            "set AHASCOPE_RESOURCES to the resources folder"});
    startExperiment(file);
}

void MainWindow::openRun(qint64 run)
{
    if (run == 0)
        return;
    m_followsRun = m_workbench->bridge.active() && run == m_workbench->bridge.status().run;
    m_workbench->current.open(run);
}

// A run that was started from here in a process of its own is looked at like any other program's.
void MainWindow::followDetached(qint64 run)
{
    m_banner->hide();
    openRun(run);
    m_workbench->current.touch(); // a resumed one may be open already
    m_workbench->runs.refresh();
    m_workspaces->showPane(Workspace::Train, QStringLiteral("charts"));
}

void MainWindow::openGiven(const QString& path)
{
    switch (kindOf(path)) {
    case GivenKind::Experiment:
        openExperiment(path);
        return;
    case GivenKind::RunFolder:
        takeRunFolder(QFileInfo(path).isDir() ? path : QFileInfo(path).absolutePath());
        return;
    case GivenKind::Dataset:
        useDataset(path);
        return;
    case GivenKind::Model:
        useModel(path);
        return;
    case GivenKind::Unknown:
        break;
    }
    throw InputError({path.toStdString(),
        "it is neither an experiment (.toml), a run folder (with run.db), a dataset (.jsonl, .json, .csv, .tsv) nor a "
        "model (a folder with config.json, or .gguf)",
        "open one of these"});
}

void MainWindow::useDataset(const QString& path)
{
    m_workbench->document.edit(tr("Use dataset"), {}, [&](config::Experiment& e) {
        e.data.train.task.clear();
        e.data.train.options.clear();
        e.data.train.path = QFileInfo(path).absoluteFilePath().toStdString();
    });
    m_workspaces->showPane(Workspace::Design, QStringLiteral("launch"));
    m_banner->show(Banner::Tone::Info, tr("Training data set"),
        tr("%1 is now data.train of the experiment; check its question and answer columns.")
            .arg(QFileInfo(path).fileName()));
}

void MainWindow::useModel(const QString& path)
{
    m_workbench->document.edit(tr("Use model"), {}, [&](config::Experiment& e) {
        e.model.create.reset();
        e.model.path = QFileInfo(path).absoluteFilePath().toStdString();
    });
    m_workspaces->showPane(Workspace::Design, QStringLiteral("launch"));
    m_banner->show(
        Banner::Tone::Info, tr("Model set"), tr("The experiment now begins with the model in %1.").arg(path));
}

// A run of this store is opened where it is; one from elsewhere is copied in.
void MainWindow::takeRunFolder(const QString& path)
{
    m_workbench->store.askCatalogue(
        this, {}, tr("Opening a run folder"),
        [path](store::Catalogue& catalogue) -> std::int64_t {
            const std::filesystem::path folder = std::filesystem::canonical(path.toStdString());
            const auto numberOf = [&](const std::filesystem::path& wanted) -> std::int64_t {
                for (const store::RunEntry& entry : catalogue.list())
                    if (std::filesystem::equivalent(entry.folder, wanted))
                        return entry.number;
                return 0;
            };
            if (const std::int64_t known = numberOf(folder); known != 0)
                return known;
            const std::filesystem::path target = catalogue.folder() / "runs" / folder.filename();
            if (std::filesystem::exists(target))
                throw InputError(
                    {folder.string(), "a run folder of this name is in the store already", "rename the folder"});
            std::filesystem::copy(folder, target, std::filesystem::copy_options::recursive);
            return numberOf(target);
        },
        [this](std::int64_t run) {
            Q_EMIT m_workbench->store.catalogueChanged();
            openRun(run);
            m_workspaces->show(Workspace::Train);
        });
}

void MainWindow::reuseSettings(qint64 run)
{
    m_workbench->store.askRun(
        run, this, QStringLiteral("settings"), tr("Opening a run's settings"),
        [](store::RunReader& reader) {
            return config::parseExperiment(reader.info().description.experiment, "run", reader.folder());
        },
        [this](config::Experiment experiment) {
            m_workbench->document.take(std::move(experiment));
            m_workspaces->showPane(Workspace::Design, QStringLiteral("launch"));
        });
}

void MainWindow::runEnded()
{
    m_workbench->current.touch();
    m_workbench->runs.refresh();
    const RunStatus& status = m_workbench->bridge.status();
    if (m_closing) {
        close();
        return;
    }
    if (status.state == RunState::Failed && status.news.finished && status.news.finished->failure) {
        m_banner->show(
            Banner::Tone::Error, tr("The run failed"), QString::fromStdString(status.news.finished->failure->summary));
        if (!status.news.finished->failure->detail.empty())
            m_banner->setToolTip(QString::fromStdString(status.news.finished->failure->detail));
    } else if (status.state == RunState::Finished) {
        m_banner->show(Banner::Tone::Done, tr("Finished"),
            tr("%1 is done. Read what it thinks now, or compare it with another run.").arg(status.name));
        m_banner->setAction(
            tr("Read samples"), [this] { m_workspaces->showPane(Workspace::Inspect, QStringLiteral("samples")); });
    } else {
        m_banner->show(Banner::Tone::Info, tr("Stopped"),
            tr("%1 was stopped; it can be resumed from its last checkpoint.").arg(status.name));
        m_banner->setAction(
            tr("Resume"), [this, run = status.run, name = status.name] { m_actions->resumeRun(run, name); });
    }
}

// Once per session: a run whose process died, or that was stopped by closing the window.
void MainWindow::offerToResume()
{
    if (m_offered)
        return;
    m_offered = true;
    QSettings settings;
    const qint64 closed = settings.value(QStringLiteral("resume/run")).toLongLong();
    const bool here = settings.value(QStringLiteral("resume/store")).toString()
        == QString::fromStdString(m_workbench->store.folder().string());
    settings.remove(QStringLiteral("resume"));
    for (const RunRow& row : m_workbench->runs.rows()) {
        const bool wasClosed = here && row.entry.number == closed && row.entry.state == store::RunState::Stopped;
        if (!wasClosed && row.entry.state != store::RunState::Interrupted)
            continue;
        const QString name = QString::fromStdString(row.entry.name);
        m_banner->show(Banner::Tone::Warning, wasClosed ? tr("Stopped when the window was closed") : tr("Interrupted"),
            tr("%1 can go on from step %2, exactly where it was saved.").arg(name).arg(row.entry.figures.globalStep));
        m_banner->setAction(tr("Resume"), [this, run = row.entry.number, name] { m_actions->resumeRun(run, name); });
        return;
    }
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_workbench->bridge.active()) {
        event->ignore();
        if (m_closing)
            return; // being saved
        askBeforeClosing();
        return;
    }
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    m_workspaces->save();
    event->accept();
}

void MainWindow::askBeforeClosing()
{
    auto* box = new QMessageBox(QMessageBox::Question, tr("A run is active"),
        tr("Stop %1 and save it before closing?").arg(m_workbench->bridge.status().name), QMessageBox::Cancel, this);
    box->setInformativeText(tr("The run trains inside this window. It is saved in a checkpoint; you will be offered to "
                               "resume it at the next start."));
    box->setIconPixmap(icon(QStringLiteral("question"), Tint::Accent).pixmap(36, 36));
    QPushButton* stop = box->addButton(tr("Stop and save"), QMessageBox::AcceptRole);
    box->setDefaultButton(stop);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(stop, &QPushButton::clicked, this, guarded(this, tr("Closing"), [this] { shutDown(); }));
    box->open();
}

void MainWindow::shutDown()
{
    RunBridge& bridge = m_workbench->bridge;
    if (!bridge.active()) {
        close();
        return;
    }
    m_stoppedByUser = true;
    if (m_closing) {
        bridge.stop(pipeline::StopRequest::AtOnce);
        return;
    }
    m_closing = true;
    QSettings settings;
    settings.setValue(QStringLiteral("resume/run"), static_cast<qlonglong>(bridge.status().run));
    settings.setValue(QStringLiteral("resume/store"), QString::fromStdString(m_workbench->store.folder().string()));
    m_banner->show(
        Banner::Tone::Info, tr("Saving"), tr("The run writes a checkpoint; the window closes when it is done."));
    bridge.stop(pipeline::StopRequest::AfterCheckpoint);
}

} // namespace ahascope::ui
