// The window: owns what the panes share, and carries a person from one pane to the next.
#pragma once

#include <memory>

#include <QMainWindow>
#include <QTimer>

#include "core/pipeline/device.h"
#include "ui/run_actions.h"
#include "ui/workbench.h"

namespace ahascope::ui {

class Appearance;
class Banner;
class ChartsPane;
class ComparePane;
class HardwarePane;
class LaunchPane;
class ModelsPane;
class PlaygroundPane;
class ReaderPane;
class RewardsPane;
class RunBar;
class RunsPane;
class SamplesPane;
class SegmentedBar;
class StartPage;
class TemplatePane;
class Workspaces;
enum class Workspace;

struct WindowOptions {
    QString store; // empty: the platform's data folder
    RunSettings run;
    bool restoreLayout = true;
    std::string gpuLibrary = kernels::nvmlLibrary; // what is asked about the GPUs
};

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(Appearance& appearance, const WindowOptions& options);
    ~MainWindow() override;

    Workbench& workbench() { return *m_workbench; }
    Workspaces& workspaces() { return *m_workspaces; }
    RunActions& actions() { return *m_actions; }
    ChartsPane& charts() { return *m_charts; }
    HardwarePane& hardware() { return *m_hardware; }
    SamplesPane& samples() { return *m_samples; }
    ReaderPane& reader() { return *m_reader; }
    RunsPane& runs() { return *m_runs; }
    ComparePane& compare() { return *m_compare; }
    ModelsPane& models() { return *m_models; }
    PlaygroundPane& playground() { return *m_playground; }
    StartPage& startPage() { return *m_start; }
    Banner& banner() { return *m_banner; }

    // Throw InputError for what cannot be read.
    void openExperiment(const QString& file);
    void openGiven(const QString& path);
    // Loads and starts at once.
    void startExperiment(const QString& file);
    void openRun(qint64 run);

    // Stops the window's run after a checkpoint and then closes; a second call gives up waiting.
    void shutDown();
    // A signal or the person ended a run by closing.
    bool stoppedByUser() const { return m_stoppedByUser; }

protected:
    bool event(QEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makeShared(const WindowOptions& options);
    void makePanes(const WindowOptions& options);
    void makeTop();
    void makeMenus();
    void makeViewMenu();
    void makeHelpMenu();
    void connectPanes();
    void connectRun();
    void followDetached(qint64 run);
    void startDemo();
    void openDialog();
    void useDataset(const QString& path);
    void useModel(const QString& path);
    void takeRunFolder(const QString& path);
    void reuseSettings(qint64 run);
    void showShortcuts();
    void showAbout();
    void updateTitle();
    void runEnded();
    void offerToResume();
    void askBeforeClosing();

    Appearance& m_appearance;
    struct Shared;
    std::unique_ptr<Shared> m_shared;
    std::unique_ptr<Workbench> m_workbench;
    Workspaces* m_workspaces = nullptr;
    RunActions* m_actions = nullptr;
    StartPage* m_start = nullptr;
    ModelsPane* m_models = nullptr;
    PlaygroundPane* m_playground = nullptr;
    TemplatePane* m_template = nullptr;
    RewardsPane* m_rewards = nullptr;
    LaunchPane* m_launch = nullptr;
    ChartsPane* m_charts = nullptr;
    HardwarePane* m_hardware = nullptr;
    SamplesPane* m_samples = nullptr;
    ReaderPane* m_reader = nullptr;
    RunsPane* m_runs = nullptr;
    ComparePane* m_compare = nullptr;
    RunBar* m_runBar = nullptr;
    Banner* m_banner = nullptr;
    SegmentedBar* m_workspaceBar = nullptr;
    QTimer m_poll;             // the list of runs: other programs may write the store, too
    bool m_followsRun = false; // the looked-at run is to be the window's own
    bool m_offered = false;
    bool m_closing = false;
    bool m_stoppedByUser = false;
};

} // namespace ahascope::ui
