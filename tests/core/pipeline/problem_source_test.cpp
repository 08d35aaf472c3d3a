#include "core/pipeline/problem_source.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>

namespace ahascope::pipeline {
namespace {

ProblemSource tenProblems(std::uint64_t seed = 1)
{
    std::vector<PromptedProblem> problems(10);
    for (std::size_t i = 0; i < problems.size(); ++i) {
        problems[i].row = static_cast<std::int64_t>(i);
        problems[i].ids.assign(i + 1, 0);
    }
    return ProblemSource(problems, seed);
}

std::vector<std::int64_t> rowsOf(const std::vector<PromptedProblem>& problems)
{
    std::vector<std::int64_t> rows;
    for (const PromptedProblem& problem : problems)
        rows.push_back(problem.row);
    return rows;
}

TEST(PassOrder, IsAPermutationThatDependsOnSeedAndPassAlone)
{
    PassOrder order(7, 100), again(7, 100), other(8, 100);
    std::vector<std::int64_t> first, second;
    for (std::int64_t i = 0; i < 100; ++i) {
        first.push_back(order.at(i));
        second.push_back(order.at(100 + i));
    }
    EXPECT_NE(first, second);
    for (auto* pass : {&first, &second}) {
        std::vector<std::int64_t> sorted = *pass;
        std::sort(sorted.begin(), sorted.end());
        std::vector<std::int64_t> all(100);
        std::iota(all.begin(), all.end(), 0);
        EXPECT_EQ(sorted, all);
    }
    EXPECT_EQ(again.at(150), second[50]) << "whatever was asked before";
    EXPECT_EQ(again.at(3), first[3]);
    int same = 0;
    for (std::int64_t i = 0; i < 100; ++i)
        same += other.at(i) == first[static_cast<std::size_t>(i)];
    EXPECT_LT(same, 20);
}

TEST(ProblemSource, GoesThroughEveryProblemOncePerPass)
{
    ProblemSource source = tenProblems();
    std::multiset<std::int64_t> seen;
    for (std::int64_t batch = 0; batch < 5; ++batch)
        for (std::int64_t row : rowsOf(source.batch(batch, 4, true)))
            seen.insert(row);
    for (std::int64_t row = 0; row < 10; ++row)
        EXPECT_EQ(seen.count(row), 2u);
}

TEST(ProblemSource, KeepsTheFilesOrderWithoutShuffling)
{
    EXPECT_THAT(rowsOf(tenProblems().batch(2, 4, false)), testing::ElementsAre(8, 9, 0, 1));
}

TEST(ProblemSource, ChoosesRowsAtEqualDistances)
{
    EXPECT_THAT(rowsOf(tenProblems().evenly(4)), testing::ElementsAre(0, 2, 5, 7));
    EXPECT_EQ(tenProblems().evenly(0).size(), 10u);
    EXPECT_EQ(tenProblems().evenly(11).size(), 10u);
}

TEST(ProblemSource, KnowsItsLongestPrompt)
{
    EXPECT_EQ(tenProblems().longestPrompt(), 10);
}

} // namespace
} // namespace ahascope::pipeline
