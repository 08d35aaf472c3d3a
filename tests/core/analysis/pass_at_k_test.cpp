#include "core/analysis/pass_at_k.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

TEST(PassAtK, IsTheUnbiasedEstimate)
{
    // 1 - C(n - c, k) / C(n, k), worked out by hand.
    EXPECT_DOUBLE_EQ(passAtK({4, 1}, 1), 0.25);
    EXPECT_DOUBLE_EQ(passAtK({4, 1}, 2), 1.0 - 3.0 / 6.0);
    EXPECT_DOUBLE_EQ(passAtK({10, 3}, 5), 1.0 - 21.0 / 252.0);
    EXPECT_DOUBLE_EQ(passAtK({4, 0}, 3), 0.0);
    EXPECT_DOUBLE_EQ(passAtK({4, 2}, 3), 1.0) << "every three hold a right one";
    EXPECT_DOUBLE_EQ(passAtK({4, 4}, 1), 1.0);
}

TEST(PassAtK, StaysStableForManySamples)
{
    const double value = passAtK({10'000, 10}, 1000);
    EXPECT_NEAR(value, 1.0 - std::pow(0.9, 10), 1e-3);
}

TEST(PassAtK, AveragesOverProblemsWithEnoughSamples)
{
    const std::vector<ProblemOutcome> outcomes{{4, 1}, {4, 4}, {1, 0}};
    EXPECT_DOUBLE_EQ(passAtK(outcomes, 2), (0.5 + 1.0) / 2);
    EXPECT_DOUBLE_EQ(passAtK(outcomes, 1), (0.25 + 1.0 + 0.0) / 3);
    EXPECT_TRUE(std::isnan(passAtK(outcomes, 8)));
}

TEST(PassAtK, GivesTheSameIntervalForTheSameSeed)
{
    std::vector<ProblemOutcome> outcomes(200);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        outcomes[i] = {4, i % 5};
    }
    const Interval a = passAt1Interval(outcomes, 7);
    const Interval b = passAt1Interval(outcomes, 7);
    const Interval c = passAt1Interval(outcomes, 8);
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.high, b.high);
    EXPECT_TRUE(c.low != a.low || c.high != a.high);
    EXPECT_DOUBLE_EQ(a.mean, 0.5);
}

TEST(PassAtK, HasAnIntervalAsWideAsTheNormalApproximation)
{
    // 400 problems, half of them solved: standard error 0.5 / 20 = 0.025, so about 0.5 +- 0.049.
    std::vector<ProblemOutcome> outcomes(400);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        outcomes[i] = {1, i % 2};
    }
    const Interval interval = passAt1Interval(outcomes, 1);
    EXPECT_NEAR(interval.low, 0.451, 0.005);
    EXPECT_NEAR(interval.high, 0.549, 0.005);
}

TEST(PassAtK, HasAnIntervalWithoutWidthWhenEveryProblemIsAlike)
{
    const std::vector<ProblemOutcome> outcomes(5, ProblemOutcome{4, 3});
    const Interval interval = passAt1Interval(outcomes, 1);
    EXPECT_EQ(interval.low, 0.75);
    EXPECT_EQ(interval.high, 0.75);
    EXPECT_EQ(passAt1Interval({}, 1).mean, 0.0);
}

TEST(MajorityVote, TakesTheMostFrequentAnswer)
{
    const std::vector<Vote> votes{{"5", false}, {"7", true}, {"7", true}, {"9", false}};
    EXPECT_EQ(majorityIsCorrect(votes), 1.0);
    const std::vector<Vote> wrong{{"5", false}, {"5", false}, {"7", true}};
    EXPECT_EQ(majorityIsCorrect(wrong), 0.0);
}

TEST(MajorityVote, DecidesTiesByTheirExpectation)
{
    EXPECT_EQ(majorityIsCorrect(std::vector<Vote>{{"5", false}, {"7", true}}), 0.5);
    EXPECT_DOUBLE_EQ(majorityIsCorrect(std::vector<Vote>{{"5", false}, {"7", true}, {"9", false}}), 1.0 / 3);
}

TEST(MajorityVote, IgnoresCompletionsWithoutAnAnswer)
{
    EXPECT_EQ(majorityIsCorrect(std::vector<Vote>{{"", false}, {"", false}, {"7", true}}), 1.0);
    EXPECT_EQ(majorityIsCorrect(std::vector<Vote>{{"", false}}), 0.0);
    EXPECT_EQ(majorityIsCorrect({}), 0.0);
}

} // namespace
} // namespace ahascope::analysis
