// Runs that go on without the program that started them.
#include <chrono>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;
using store::RunState;
using testing::HasSubstr;

class Detached : public testing::Test {
protected:
    Detached() { std::ofstream(m_folder.path() / "tiny.toml") << test::tinyExperimentToml(); }

    test::Ran runDetached(const std::vector<std::string>& more) const
    {
        std::vector<std::string> arguments{
            "--threads", "1", "run", (m_folder.path() / "tiny.toml").string(), "--detach", "--store", m_store.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return test::run(arguments);
    }
    test::Ran control(const std::string& request) const
    {
        return test::run({"control", "1", request, "--store", m_store.string()});
    }
    RunState state() const { return store::RunReader(test::folderOf(m_store, 1)).info().state; }
    bool becomes(RunState wanted) const
    {
        for (int i = 0; i < 1500 && state() != wanted; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return state() == wanted;
    }

    test::TemporaryFolder m_folder;
    fs::path m_store = m_folder.path() / "store";
};

TEST_F(Detached, SaysItsNumberAndEndsAsAnyRun)
{
    const test::Ran ran = runDetached({"--events", (m_folder.path() / "events").string()});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "1\n");
    ASSERT_TRUE(becomes(RunState::Finished));
    EXPECT_TRUE(store::RunReader(test::folderOf(m_store, 1)).verify().empty());
    EXPECT_THAT(test::contentsOf(m_folder.path() / "events"), HasSubstr("\"run_finished\""));
}

TEST_F(Detached, IsSteeredFromOtherPrograms)
{
    ASSERT_EQ(runDetached({"--set", "stage.1.steps=100000"}).code, 0);
    ASSERT_EQ(control("pause").code, 0);
    ASSERT_TRUE(becomes(RunState::Paused));
    ASSERT_EQ(control("continue").code, 0);
    ASSERT_TRUE(becomes(RunState::Running));
    ASSERT_EQ(control("stop").code, 0);
    ASSERT_TRUE(becomes(RunState::Stopped));
    const test::Ran late = control("stop");
    EXPECT_EQ(late.code, 2);
    EXPECT_THAT(late.err, HasSubstr("no program that runs it listens"));
}

TEST_F(Detached, EndsAsTheProgramDoesWhenItCannotStart)
{
    const test::Ran ran = runDetached({"--set", "stage.0.learning_rate=-1"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("learning_rate"));
    EXPECT_EQ(runDetached({"--events", "-"}).code, 2);
}

} // namespace
} // namespace ahascope
