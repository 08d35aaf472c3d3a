// A whole run: pre-training of a new model, then GRPO, through the store and back.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "tests/end_to_end/recorded_run.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope {
namespace {

using namespace pipeline;
using test::record;

std::vector<std::string> kindsOf(const std::vector<RunEvent>& events)
{
    static const char* const names[] = {"run_started", "stage_started", "step", "evaluation", "checkpoint", "notice",
        "stage_finished", "paused", "continued", "run_finished"};
    std::vector<std::string> kinds;
    for (const RunEvent& event : events)
        kinds.emplace_back(names[event.what.index()]);
    return kinds;
}

class WholeRun : public testing::Test {
protected:
    test::TemporaryFolder m_folder;
};

TEST_F(WholeRun, TellsItsStagesStepsEvaluationsAndCheckpointsInOrder)
{
    auto run = record(m_folder.path(), StartFresh{test::tinyExperiment()});
    ASSERT_EQ(run.finished.outcome, Outcome::Finished) << run.finished.failure.value_or(Failure{}).summary;
    auto kinds = kindsOf(run.events);
    ASSERT_GE(kinds.size(), 4u);
    EXPECT_EQ(kinds[0], "run_started");
    EXPECT_EQ(kinds[1], "stage_started");
    EXPECT_EQ(kinds[2], "evaluation") << "the untrained model is always evaluated";
    EXPECT_EQ(kinds.back(), "run_finished");
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "step"), 12 + 8);
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "stage_finished"), 2);
    // Pre-training: first and last. GRPO: 0, 4, 8.
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "evaluation"), 2 + 3);
}

TEST_F(WholeRun, StoresEveryCompletionOfEveryRollout)
{
    auto run = record(m_folder.path(), StartFresh{test::tinyExperiment()});
    store::RunReader reader(test::folderOf(m_folder.path(), run.number));
    EXPECT_EQ(reader.info().state, store::RunState::Finished);
    store::SampleQuery rollouts;
    rollouts.kind = store::SampleKind::Rollout;
    EXPECT_EQ(reader.sampleIds(rollouts).size(), 4u * 4u * 4u) << "8 steps are 4 rollouts of 4 x 4";
    auto heldOut = reader.sampleSetAt(store::SampleKind::Evaluation, 0);
    ASSERT_TRUE(heldOut);
    EXPECT_GT(heldOut->samples, 0);
    EXPECT_TRUE(reader.verify().empty());
}

TEST_F(WholeRun, SamplerAndTrainerAgreeOnEveryBitOfTheLogProbabilities)
{
    auto run = record(m_folder.path(), StartFresh{test::tinyExperiment()});
    auto curves = test::curvesOf(test::folderOf(m_folder.path(), run.number));
    ASSERT_EQ(curves["sampler_trainer_logprob_gap_max"].size(), 4u) << "once per rollout";
    for (const auto& [step, gap] : curves["sampler_trainer_logprob_gap_max"])
        EXPECT_EQ(gap, 0.0) << "step " << step;
}

TEST_F(WholeRun, HasTheMetricsOfTheContract)
{
    auto run = record(m_folder.path(), StartFresh{test::tinyExperiment()});
    auto curves = test::curvesOf(test::folderOf(m_folder.path(), run.number));
    for (const char* name : {"reward", "reward_std", "rewards/accuracy/mean", "rewards/accuracy/std",
             "rewards/format/mean", "frac_reward_zero_std", "completions/mean_length", "completions/min_length",
             "completions/max_length", "completions/clipped_ratio", "completions/empty_think", "entropy", "kl",
             "grad_norm", "learning_rate", "loss", "num_tokens", "accuracy", "accuracy_lenient", "format",
             "groups/all_right", "groups/all_wrong", "ungraded", "reflection/per_completion", "reflection/rate",
             "reflection/per_1k_tokens", "reflection/rescued", "language/mixing", "language/target_ratio", "repetition",
             "sampler_trainer_logprob_gap", "non_finite_steps", "clip_ratio/low_mean", "clip_ratio/high_mean",
             "clip_ratio/region_mean", "eval/accuracy", "eval/pass@1", "eval/pass@1_low", "eval/pass@1_high",
             "eval/pass@2", "eval/maj@2", "eval/mean_length", "eval/reflection/per_completion", "eval/language/mixing"})
        EXPECT_TRUE(curves.contains(name)) << name;
}

TEST_F(WholeRun, IsTheSameForOneThreadAndTwo)
{
    auto one = record(m_folder.path(), StartFresh{test::tinyExperiment()}, 1);
    auto two = record(m_folder.path(), StartFresh{test::tinyExperiment()}, 2);
    auto a = test::folderOf(m_folder.path(), one.number);
    auto b = test::folderOf(m_folder.path(), two.number);
    EXPECT_EQ(test::curvesOf(a), test::curvesOf(b));
    EXPECT_EQ(test::finalWeights(a), test::finalWeights(b));
}

TEST_F(WholeRun, KeepsTheNewestCheckpointsAndTheLastOfEachStage)
{
    auto run = record(m_folder.path(), StartFresh{test::tinyExperiment()});
    auto folder = test::folderOf(m_folder.path(), run.number);
    std::set<std::string> there;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "checkpoints"))
        there.insert(entry.path().filename().string());
    std::set<std::string> listed;
    for (const auto& checkpoint : store::RunReader(folder).checkpoints())
        listed.insert(std::filesystem::path(checkpoint.path).filename().string());
    EXPECT_EQ(there, listed);
    EXPECT_TRUE(there.contains("step-000012")) << "end of pre-training";
    EXPECT_TRUE(there.contains("step-000020")) << "end of the run";
    EXPECT_LE(there.size(), 4u);
}

TEST_F(WholeRun, FailsWithTheReasonWhenNoTextFits)
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.stages[0].steps = 1;
    std::get<config::PretrainStage>(experiment.stages[0].options).maxLength = 3; // no text is that short
    auto run = record(m_folder.path(), StartFresh{experiment});
    EXPECT_EQ(run.finished.outcome, Outcome::Failed);
    ASSERT_TRUE(run.finished.failure);
    EXPECT_THAT(run.finished.failure->summary, testing::HasSubstr("max_length"));
    store::RunReader reader(test::folderOf(m_folder.path(), run.number));
    EXPECT_EQ(reader.info().state, store::RunState::Failed);
}

TEST_F(WholeRun, RefusesAnExperimentThatCannotRunBeforeMakingAnything)
{
    config::Experiment experiment = test::tinyExperiment();
    std::get<config::GrpoStage>(experiment.stages[1].options).updatesPerRollout = 3; // does not divide 4
    EXPECT_THROW(record(m_folder.path(), StartFresh{experiment}), InputError);
    EXPECT_TRUE(store::Catalogue(m_folder.path()).list().empty());
}

} // namespace
} // namespace ahascope
