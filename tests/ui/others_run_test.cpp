// A window that looks at a run which it did not start.
#include <thread>

#include "core/pipeline/run_worker.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/run_bridge.h"
#include "ui/workbench.h"

namespace ahascope::ui {

namespace {

class OthersRun : public WindowTest {
protected:
    OthersRun()
    {
        config::Experiment experiment = test::tinyExperiment();
        experiment.stages.back().steps = 100'000; // never ends by itself during a test
        m_run = std::make_unique<pipeline::RunWorker>(
            pipeline::StartFresh{experiment}, pipeline::RunOptions{folder.path(), "cpu", 1, {}});
    }

    MainWindow& look()
    {
        EXPECT_TRUE(eventually([this] { return m_run->number() != 0; }));
        return openRun(m_run->number());
    }
    bool becomes(store::RunState wanted)
    {
        return eventually([&] { return window().workbench().current.info().state == wanted; });
    }

    std::unique_ptr<pipeline::RunWorker> m_run;
};

} // namespace

TEST_F(OthersRun, IsSteeredByTheSameActions)
{
    RunActions& actions = look().actions();
    ASSERT_TRUE(eventually([&] { return actions.pause()->isEnabled(); }));
    EXPECT_FALSE(actions.resume()->isEnabled());
    actions.pause()->trigger();
    ASSERT_TRUE(becomes(store::RunState::Paused));
    EXPECT_FALSE(actions.pause()->isEnabled());
    EXPECT_FALSE(actions.checkpoint()->isEnabled());
    actions.resume()->trigger();
    ASSERT_TRUE(becomes(store::RunState::Running));
    actions.stop()->trigger();
    ASSERT_TRUE(becomes(store::RunState::Stopped));
    EXPECT_FALSE(window().workbench().bridge.active()) << "the window runs nothing itself";
    EXPECT_TRUE(eventually([&] { return !actions.stop()->isEnabled(); }));
}

TEST_F(OthersRun, GoesOnWhenTheWindowIsClosed)
{
    MainWindow& window = look();
    window.close();
    EXPECT_FALSE(window.isVisible()) << "nothing to ask";
    EXPECT_TRUE(m_run->running());
    EXPECT_EQ(m_run->control().stopRequest(), pipeline::StopRequest::None);
}

} // namespace ahascope::ui
