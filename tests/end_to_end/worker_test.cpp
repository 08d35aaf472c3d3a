// A run in a thread of its own, as the window has it: steered, and read from the store while it is written.
#include <condition_variable>
#include <deque>
#include <mutex>

#include <gmock/gmock.h>

#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

using namespace pipeline;

// What the run tells, handed from its thread to the test's.
class Heard {
public:
    void post(const RunEvent& event)
    {
        const std::lock_guard lock(m_mutex);
        m_events.push_back(event);
        m_changed.notify_one();
    }
    // The next event of this kind; those before it are passed over.
    template <class What>
    RunEvent next()
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_changed.wait(lock, [&] { return !m_events.empty(); });
            const RunEvent event = m_events.front();
            m_events.pop_front();
            if (std::holds_alternative<What>(event.what))
                return event;
            if (std::holds_alternative<RunFinished>(event.what))
                throw std::runtime_error("the run ended before");
        }
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<RunEvent> m_events;
};

// So long that it never ends by itself, and with checkpoints on request only.
config::Experiment endlessExperiment()
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.stages.erase(experiment.stages.begin());
    experiment.stages[0].steps = 100'000;
    experiment.checkpoint.every = 0;
    return experiment;
}

bool isBeginOf(const test::Curves& early, const test::Curves& late)
{
    for (const auto& [name, values] : early)
        if (!late.contains(name) || values.size() > late.at(name).size()
            || !std::equal(values.begin(), values.end(), late.at(name).begin()))
            return false;
    return true;
}

TEST(RunInAThreadOfItsOwn, IsSteeredAndReadWhileItGoes)
{
    const test::TemporaryFolder store;
    Heard heard;
    RunOptions options;
    options.store = store.path();
    options.device = "cpu";
    options.threads = 2;
    options.listener = [&](const RunEvent& event) { heard.post(event); };
    std::filesystem::path folder;
    std::vector<test::Curves> seen;
    {
        RunWorker worker(StartFresh{endlessExperiment()}, options);
        heard.next<RunStarted>();
        folder = test::folderOf(store.path(), worker.number());
        for (int round = 0; round < 2; ++round) {
            heard.next<StepFinished>();
            seen.push_back(test::curvesOf(folder));
            worker.control().requestPause();
            const RunEvent paused = heard.next<RunPaused>();
            EXPECT_TRUE(worker.running());
            worker.control().requestCheckpoint();
            worker.control().requestContinue();
            EXPECT_EQ(heard.next<RunContinued>().at.globalStep, paused.at.globalStep);
            EXPECT_EQ(heard.next<CheckpointSaved>().at.globalStep, paused.at.globalStep);
        }
        worker.control().requestStop();
        EXPECT_EQ(std::get<RunFinished>(heard.next<RunFinished>().what).outcome, Outcome::Stopped);
    }
    EXPECT_EQ(store::RunReader(folder).info().state, store::RunState::Stopped);
    const test::Curves whole = test::curvesOf(folder);
    EXPECT_FALSE(whole.empty());
    for (const test::Curves& early : seen)
        EXPECT_TRUE(isBeginOf(early, whole));
}

TEST(RunInAThreadOfItsOwn, EndsWithACheckpointWhenItIsLetGo)
{
    const test::TemporaryFolder store;
    Heard heard;
    RunOptions options;
    options.store = store.path();
    options.device = "cpu";
    options.threads = 1;
    options.listener = [&](const RunEvent& event) { heard.post(event); };
    std::int64_t number = 0;
    {
        const RunWorker worker(StartFresh{endlessExperiment()}, options);
        heard.next<StepFinished>();
        number = worker.number();
    }
    store::RunReader reader(test::folderOf(store.path(), number));
    EXPECT_EQ(reader.info().state, store::RunState::Stopped);
    EXPECT_FALSE(reader.checkpoints().empty());
}

} // namespace
} // namespace ahascope
