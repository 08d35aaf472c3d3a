// N steps equal k steps, an end of any kind, a resume and N - k steps, in every metric and weight, bit for bit.
#include <gmock/gmock.h>

#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

using namespace pipeline;
using test::record;

class Resume : public testing::Test {
protected:
    Resume()
    {
        auto whole = record(m_whole.path(), StartFresh{test::tinyExperiment()});
        auto folder = test::folderOf(m_whole.path(), whole.number);
        m_curves = test::curvesOf(folder);
        m_weights = test::finalWeights(folder);
    }

    // Ends the run with `request` when global step `step` has been told, resumes it and compares.
    void stopAndResume(std::int64_t step, StopRequest request)
    {
        SCOPED_TRACE("stopped at step " + std::to_string(step));
        test::TemporaryFolder store;
        auto stopped = record(
            store.path(), StartFresh{test::tinyExperiment()}, 1, [&](const RunEvent& event, RunControl& control) {
                if (std::holds_alternative<StepFinished>(event.what) && event.at.globalStep == step)
                    control.requestStop(request);
            });
        ASSERT_EQ(stopped.finished.outcome, Outcome::Stopped);
        auto resumed = record(store.path(), StartResume{stopped.number});
        ASSERT_EQ(resumed.finished.outcome, Outcome::Finished) << resumed.finished.failure.value_or(Failure{}).summary;
        auto folder = test::folderOf(store.path(), stopped.number);
        EXPECT_EQ(test::curvesOf(folder), m_curves);
        EXPECT_EQ(test::finalWeights(folder), m_weights);
    }

    test::TemporaryFolder m_whole;
    test::Curves m_curves;
    std::string m_weights;
};

TEST_F(Resume, AfterAStopWithACheckpointIsExact)
{
    for (std::int64_t step : {1, 5, 12, 13, 16, 19})
        stopAndResume(step, StopRequest::AfterCheckpoint);
}

TEST_F(Resume, AfterAStopAtOnceGoesOnFromTheLastCheckpointAndIsExact)
{
    for (std::int64_t step : {2, 7, 14, 18})
        stopAndResume(step, StopRequest::AtOnce);
}

TEST_F(Resume, ADamagedNewestCheckpointIsNamedAndTheOneBeforeItUsed)
{
    test::TemporaryFolder store;
    auto stopped
        = record(store.path(), StartFresh{test::tinyExperiment()}, 1, [&](const RunEvent& event, RunControl& control) {
              if (std::holds_alternative<StepFinished>(event.what) && event.at.globalStep == 8)
                  control.requestStop();
          });
    auto folder = test::folderOf(store.path(), stopped.number);
    auto newest = folder / store::RunReader(folder).checkpoints().back().path / "model.safetensors";
    std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 1);
    auto resumed = record(store.path(), StartResume{stopped.number});
    EXPECT_EQ(resumed.finished.outcome, Outcome::Finished);
    EXPECT_EQ(test::finalWeights(folder), m_weights);
    bool named = false;
    for (const RunEvent& event : resumed.events)
        if (const auto* notice = std::get_if<Notice>(&event.what))
            named |= notice->text.find("model.safetensors") != std::string::npos;
    EXPECT_TRUE(named);
}

TEST_F(Resume, AFinishedRunIsNotResumed)
{
    EXPECT_THROW(record(m_whole.path(), StartResume{1}), InputError);
}

TEST_F(Resume, AForkGoesOnFromTheCheckpointWithItsOwnSettings)
{
    config::Experiment changed = test::tinyExperiment();
    std::get<config::GrpoStage>(changed.stages[1].options).optimization.learningRate = 5e-4;
    auto fork = record(m_whole.path(), StartFork{1, 12, changed});
    ASSERT_EQ(fork.finished.outcome, Outcome::Finished) << fork.finished.failure.value_or(Failure{}).summary;
    auto entry = store::Catalogue(m_whole.path()).entry(fork.number);
    ASSERT_TRUE(entry.parent);
    EXPECT_EQ(entry.parent->run, 1);
    EXPECT_EQ(entry.parent->step, 12);
    EXPECT_NE(test::finalWeights(entry.folder), m_weights);
    EXPECT_THROW(record(m_whole.path(), StartFork{1, 11, changed}), InputError) << "there is no checkpoint at 11";
}

TEST_F(Resume, APausedRunGoesOnAsIfNothingHadHappened)
{
    test::TemporaryFolder store;
    auto run
        = record(store.path(), StartFresh{test::tinyExperiment()}, 1, [&](const RunEvent& event, RunControl& control) {
              if (std::holds_alternative<StepFinished>(event.what) && event.at.globalStep == 15)
                  control.requestPause();
              if (std::holds_alternative<RunPaused>(event.what))
                  control.requestContinue();
          });
    ASSERT_EQ(run.finished.outcome, Outcome::Finished);
    EXPECT_EQ(test::curvesOf(test::folderOf(store.path(), run.number)), m_curves);
}

} // namespace
} // namespace ahascope
