#include "core/train/batch_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace ahascope::train {
namespace {

using testing::ElementsAre;
using Ids = std::vector<std::int32_t>;

PolicyGroup group(Ids prompt, std::vector<Ids> completions)
{
    PolicyGroup result;
    result.prompt = std::move(prompt);
    for (Ids& tokens : completions) {
        PolicySample sample;
        sample.tokens = std::move(tokens);
        result.samples.push_back(std::move(sample));
    }
    return result;
}

const auto all = [](std::size_t, std::size_t) { return true; };

TEST(BatchPlanner, ComputesThePromptOfAGroupOnce)
{
    const std::vector<PolicyGroup> groups{group({1, 2, 3}, {{4, 5}, {6}, {7, 8, 9}})};
    const auto plan = planPolicyBatches(groups, 100, all);
    ASSERT_EQ(plan.size(), 1U);
    const model::PackedBatch& batch = plan[0].batch;
    // The last token of each completion is predicted but never fed.
    EXPECT_EQ(batch.ids, (Ids{1, 2, 3, 4, 7, 8}));
    EXPECT_EQ(batch.positions, (Ids{0, 1, 2, 3, 3, 4}));
    EXPECT_EQ(batch.targets, (Ids{4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(batch.outputRows, (Ids{2, 3, 2, 2, 4, 5}));
    EXPECT_THAT(batch.segments,
        ElementsAre(kernels::Segment{0, 3, 0, 0}, kernels::Segment{3, 1, 0, 3}, kernels::Segment{4, 2, 0, 3}));
    EXPECT_THAT(
        plan[0].samples, ElementsAre(PlannedSample{0, 0, 0, 2}, PlannedSample{0, 1, 2, 1}, PlannedSample{0, 2, 3, 3}));
}

TEST(BatchPlanner, KeepsAWholeGroupTogetherWhenItFitsBehindNoOther)
{
    const std::vector<PolicyGroup> groups{
        group({1, 1}, {{2, 2, 2}, {2, 2, 2}}), group({3, 3}, {{4, 4, 4}, {4, 4, 4}})}; // 6 rows each
    const auto plan = planPolicyBatches(groups, 10, all);
    ASSERT_EQ(plan.size(), 2U);
    EXPECT_EQ(plan[0].batch.rows(), 6);
    EXPECT_EQ(plan[1].samples.front().group, 1U);
    EXPECT_EQ(planPolicyBatches(groups, 12, all).size(), 1U);
}

TEST(BatchPlanner, SplitsAGroupLargerThanTheBudgetAndRepeatsItsPrompt)
{
    const std::vector<PolicyGroup> groups{group({1, 1}, {{2, 2, 2}, {2, 2, 2}, {2, 2, 2}})};
    const auto plan = planPolicyBatches(groups, 6, all);
    ASSERT_EQ(plan.size(), 2U);
    EXPECT_EQ(plan[0].batch.rows(), 6);
    EXPECT_EQ(plan[1].batch.rows(), 4);
    EXPECT_EQ(plan[1].batch.ids.front(), 1);
    EXPECT_THAT(plan[1].samples, ElementsAre(PlannedSample{0, 2, 0, 3}));
}

TEST(BatchPlanner, CountsOutputsAgainstTheBudgetToo)
{
    // One prompt token with four completions of one token: 1 row, 4 outputs.
    const std::vector<PolicyGroup> groups{group({1}, {{2}, {2}, {2}, {2}})};
    EXPECT_EQ(planPolicyBatches(groups, 3, all).size(), 2U);
}

TEST(BatchPlanner, LeavesOutWhatIsNotChosenAndWhatIsEmpty)
{
    const std::vector<PolicyGroup> groups{group({1}, {{2}, {}, {3}}), group({4}, {{5}})};
    const auto plan = planPolicyBatches(groups, 100, [](std::size_t g, std::size_t s) { return g == 0 && s != 2; });
    ASSERT_EQ(plan.size(), 1U);
    EXPECT_THAT(plan[0].samples, ElementsAre(PlannedSample{0, 0, 0, 1}));
    EXPECT_EQ(plan[0].batch.rows(), 1);
}

TEST(BatchPlanner, PredictsOnlyMaskedTokensAndStopsAfterTheLast)
{
    const std::vector<SupervisedExample> examples{{{1, 2, 3, 4, 5}, {true, false, true, true, false}}, {{6, 7}, {}}};
    const auto batches = planSupervisedBatches(examples, 100);
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0].ids, (Ids{1, 2, 3, 6}));
    EXPECT_EQ(batches[0].targets, (Ids{3, 4, 7}));
    EXPECT_EQ(batches[0].outputRows, (Ids{1, 2, 3}));
}

TEST(BatchPlanner, CutsARolloutIntoRunsOfWholeGroups)
{
    EXPECT_THAT(planUpdates(6, 3, 2),
        ElementsAre(GroupRange{0, 2}, GroupRange{2, 2}, GroupRange{4, 2}, GroupRange{0, 2}, GroupRange{2, 2},
            GroupRange{4, 2}));
    EXPECT_THROW(planUpdates(6, 4, 1), std::logic_error);
}

} // namespace
} // namespace ahascope::train
