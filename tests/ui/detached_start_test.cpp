// Runs that the window starts in a process of their own, with the real ahascope-cli.
#include <csignal>
#include <fstream>
#include <string>

#include <gmock/gmock.h>

#include <QComboBox>
#include <QMessageBox>

#include "core/store/catalogue.h"
#include "core/store/lease.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/detached_start.h"
#include "ui/models/experiment_document.h"
#include "ui/panes/launch_summary.h"
#include "ui/run_bridge.h"
#include "ui/workspaces.h"

namespace ahascope::ui {

namespace {

constexpr std::int64_t endless = 100'000; // steps; never ends by itself during a test

class DetachedFromWindow : public WindowTest {
protected:
    ~DetachedFromWindow() override { end(); }

    // Whether it can start is not known yet.
    void takeExperiment(std::int64_t steps, const std::string& device)
    {
        config::Experiment experiment = test::tinyExperiment();
        experiment.stages.back().steps = steps;
        experiment.device = device;
        open().workbench().document.take(std::move(experiment));
    }
    void openExperiment(std::int64_t steps)
    {
        takeExperiment(steps, "cpu");
        ASSERT_TRUE(eventually([this] { return window().actions().start()->isEnabled(); }));
    }
    // Its curves are there.
    void start(std::int64_t steps)
    {
        openExperiment(steps);
        window().actions().choosePlace(RunPlace::OwnProcess);
        window().actions().start()->trigger();
        ASSERT_TRUE(eventually([this] { return !window().workbench().current.series("reward").isEmpty(); }));
    }
    store::RunReader reader() const { return store::RunReader(store::Catalogue(folder.path()).entry(1).folder); }
    store::RunState stored() const { return reader().info().state; }
    // Of the run's process; 0 when it has ended.
    pid_t process() const
    {
        if (store::Catalogue(folder.path()).list().empty())
            return 0;
        const auto holder = store::leaseHolder(reader().folder());
        return holder ? static_cast<pid_t>(holder->pid) : 0;
    }
    void end() const
    {
        if (const pid_t pid = process(); pid > 0 && pid != getpid())
            kill(pid, SIGKILL);
    }
    QComboBox* place() { return summary()->findChild<QComboBox*>(); }
    LaunchSummary* summary() { return window().findChild<LaunchSummary*>(); }
};

// What the system says of a process under this name, as "SigBlk".
std::string statusOf(pid_t pid, const std::string& name)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":\t"))
            return line.substr(name.size() + 2);
    return {};
}

} // namespace

TEST_F(DetachedFromWindow, IsFollowedByTheWindowAndGoesOnWithoutIt)
{
    start(40);
    EXPECT_FALSE(window().workbench().bridge.active()) << "the window runs nothing itself";
    EXPECT_EQ(window().workspaces().current(), Workspace::Train);
    EXPECT_NE(process(), getpid());
    window().close();
    EXPECT_TRUE(window().findChildren<QMessageBox*>().isEmpty()) << "nothing to ask";
    EXPECT_FALSE(window().isVisible());
    closeForGood();
    ASSERT_TRUE(eventually([this] { return stored() == store::RunState::Finished; }));
    EXPECT_TRUE(reader().verify().empty());
}

TEST_F(DetachedFromWindow, IsLeftBehindByAWindowThatIsClosedWhileItStarts)
{
    openExperiment(8);
    window().actions().choosePlace(RunPlace::OwnProcess);
    window().actions().start()->trigger();
    closeForGood();
    EXPECT_TRUE(eventually([this] { return stored() == store::RunState::Finished; }));
}

TEST_F(DetachedFromWindow, IsSteeredAndResumedInAProcessOfItsOwnAgain)
{
    start(endless);
    RunActions& actions = window().actions();
    actions.stop()->trigger();
    ASSERT_TRUE(eventually([this] { return stored() == store::RunState::Stopped; }));
    ASSERT_TRUE(eventually([&] { return actions.resume()->isEnabled(); }));
    actions.resume()->trigger();
    EXPECT_FALSE(actions.resume()->isEnabled()) << "not twice";
    ASSERT_TRUE(eventually([this] { return stored() == store::RunState::Running; }));
    EXPECT_NE(process(), getpid());
    EXPECT_FALSE(window().workbench().bridge.active());
}

TEST_F(DetachedFromWindow, HearsSignalsThoughTheWindowBlocksThem)
{
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    start(endless);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(statusOf(process(), "SigBlk"), "0000000000000000");
    kill(process(), SIGTERM);
    EXPECT_TRUE(eventually([this] { return stored() == store::RunState::Stopped; }));
}

TEST_F(DetachedFromWindow, KeepsWhatItsExperimentNamesRelativeToItsOwnFolder)
{
    const QTemporaryDir elsewhere;
    std::ofstream(elsewhere.filePath("prompt.txt").toStdString()) << "Question: {{prompt}} Answer:";
    std::string toml = test::tinyExperimentToml();
    const std::string inlined = "text = \"User: {{prompt}}. Assistant:\"";
    toml.replace(toml.find(inlined), inlined.size(), "file = \"prompt.txt\"");
    std::ofstream(elsewhere.filePath("tiny.toml").toStdString()) << toml;
    open().actions().choosePlace(RunPlace::OwnProcess);
    window().startExperiment(elsewhere.filePath("tiny.toml"));
    ASSERT_TRUE(eventually([this] { return window().workbench().current.isKnown(); }));
    EXPECT_THAT(reader().info().description.experiment, testing::HasSubstr("Question: {{prompt}} Answer:"));
    EXPECT_EQ(reader().info().name, "tiny");
}

TEST_F(DetachedFromWindow, SaysBesideTheSettingsWhyItDidNotStart)
{
    takeExperiment(8, "cuda:99"); // as with --start: the form would say that there is no such device
    EXPECT_EQ(place()->currentText(), QStringLiteral("a process of its own")) << "by default, for a GPU";
    window().actions().startDocument();
    EXPECT_FALSE(window().actions().start()->isEnabled()) << "not twice";
    ASSERT_TRUE(eventually([this] { return summary()->text().contains(QStringLiteral("did not start")); }));
    EXPECT_TRUE(summary()->text().contains(QStringLiteral("device:"))) << summary()->text().toStdString();
    window().workbench().document.edit({}, {}, [](config::Experiment& e) { e.device = "cpu"; });
    EXPECT_FALSE(summary()->text().contains(QStringLiteral("did not start"))) << "it was another experiment";
}

TEST(DetachedStart, FailsWithAWordWhereTheProgramIsMissing)
{
    const QTemporaryDir folder;
    DetachedStart start(nullptr, folder.filePath(QStringLiteral("ahascope-cli")));
    QString reason;
    QObject::connect(&start, &DetachedStart::failed, [&](const QString& why) { reason = why; });
    start.start(test::tinyExperiment(), {});
    EXPECT_THAT(reason.toStdString(), testing::HasSubstr("ahascope-cli is missing; install it beside this program"));
    EXPECT_FALSE(start.busy());
}

TEST_F(DetachedFromWindow, IsTheWindowsOwnRunByDefaultOnTheProcessor)
{
    openExperiment(8);
    EXPECT_EQ(place()->currentText(), QStringLiteral("this window"));
    EXPECT_EQ(window().actions().place(), RunPlace::ThisWindow);
}

TEST_F(DetachedFromWindow, WaitsUntilTheMachineHasSaidWhetherItHasAGpu)
{
    open().workbench().document.take(test::tinyExperiment());
    ASSERT_EQ(window().workbench().document.experiment().device, "auto");
    EXPECT_EQ(window().actions().place(), std::nullopt);
    window().actions().startDocument();
    EXPECT_FALSE(window().workbench().bridge.active());
    EXPECT_TRUE(eventually([this] { return window().workbench().current.isKnown(); }));
}

TEST_F(DetachedFromWindow, KeepsThePlaceThatWasChosenByHandUntilTheDefaultIsChosenAgain)
{
    openExperiment(8);
    Q_EMIT place()->activated(1);
    openExperiment(8);
    EXPECT_EQ(place()->currentText(), QStringLiteral("a process of its own"));
    Q_EMIT place()->activated(0);
    takeExperiment(8, "cuda");
    EXPECT_EQ(place()->currentText(), QStringLiteral("a process of its own")) << "the default of a GPU";
}

} // namespace ahascope::ui
