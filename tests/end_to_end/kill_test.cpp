// kill -9 of the program at random moments, resume, and the same run as if nothing had happened.
// AHASCOPE_KILLS: how many (default 4; the acceptance figure is 20). Kill points and thread counts are drawn from a
// fixed seed.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"

namespace ahascope {
namespace {

namespace fs = std::filesystem;

class Kill : public testing::Test {
protected:
    Kill() { std::ofstream(m_folder.path() / "tiny.toml") << test::tinyExperimentToml(); }

    std::vector<std::string> run(const fs::path& store, int threads) const
    {
        return {"--threads", std::to_string(threads), "run", (m_folder.path() / "tiny.toml").string(), "--store",
            store.string(), "--device", "cpu"};
    }

    test::TemporaryFolder m_folder;
};

TEST_F(Kill, AtAnyMomentChangesNothingOfTheResult)
{
    const char* wanted = std::getenv("AHASCOPE_KILLS");
    int kills = wanted ? std::atoi(wanted) : 4;
    auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(test::waitFor(test::start(run(m_folder.path() / "whole", 1))), 0);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    fs::path whole = test::folderOf(m_folder.path() / "whole", 1);
    auto curves = test::curvesOf(whole);
    std::string weights = test::finalWeights(whole);
    ASSERT_FALSE(weights.empty());

    std::mt19937 random(7);
    int interrupted = 0;
    for (int i = 0; i < kills; ++i) {
        int threads = 1 + i % 2;
        fs::path store = m_folder.path() / ("killed-" + std::to_string(i));
        pid_t child = test::start(run(store, threads));
        std::this_thread::sleep_for(
            std::chrono::duration<double>(std::uniform_real_distribution<double>(0.1, 0.95)(random) * seconds));
        kill(child, SIGKILL);
        interrupted += test::waitFor(child) == 128 + SIGKILL;
        if (!fs::exists(store / "ahascope.db") || store::Catalogue(store).list().empty())
            continue; // before there was a run
        if (store::Catalogue(store).entry(1).state != store::RunState::Finished) {
            ASSERT_EQ(test::waitFor(test::start({"--threads", std::to_string(threads), "resume", "1", "--store",
                          store.string(), "--device", "cpu"})),
                0)
                << "kill " << i;
        }
        fs::path folder = test::folderOf(store, 1);
        EXPECT_EQ(test::curvesOf(folder), curves) << "kill " << i;
        EXPECT_EQ(test::finalWeights(folder), weights) << "kill " << i;
        EXPECT_TRUE(store::RunReader(folder).verify().empty()) << "kill " << i;
    }
    EXPECT_GT(interrupted, 0) << "no kill came in time; the test shows nothing";
}

TEST_F(Kill, ASecondProgramOnARunningRunIsRefusedInOneLine)
{
    fs::path store = m_folder.path() / "store";
    pid_t child = test::start(run(store, 1));
    for (int i = 0; i < 200 && (!fs::exists(store / "ahascope.db") || store::Catalogue(store).list().empty()); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    int second = test::waitFor(test::start({"resume", "1", "--store", store.string()}));
    kill(child, SIGTERM);
    int first = test::waitFor(child);
    EXPECT_NE(second, 0);
    EXPECT_TRUE(first == 130 || first == 0) << "stopped after a checkpoint, or done already: " << first;
}

} // namespace
} // namespace ahascope
