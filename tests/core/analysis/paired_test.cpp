#include "core/analysis/paired.h"

#include <vector>

#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

TEST(Paired, SortsProblemsByWhoSolvedThem)
{
    const std::vector<PairedOutcome> outcomes{{1.0, 1.0}, {0.5, 0.25}, {0.0, 0.75}, {0.25, 1.0}, {0.0, 0.0}};
    EXPECT_EQ(pairedTable(outcomes), (PairedTable{1, 1, 2, 1}));
    EXPECT_EQ(pairedTable({}), PairedTable{});
}

TEST(Paired, ComputesMcNemarsExactProbability)
{
    // Two-sided binomial tails with p = 1/2: 2 * sum of C(n, i) / 2^n.
    EXPECT_DOUBLE_EQ(mcNemarExact(0, 5), 2.0 / 32);
    EXPECT_NEAR(mcNemarExact(1, 9), 2.0 * 11 / 1024, 1e-12);
    EXPECT_NEAR(mcNemarExact(9, 1), 2.0 * 11 / 1024, 1e-12);
    EXPECT_DOUBLE_EQ(mcNemarExact(4, 4), 1.0);
    EXPECT_DOUBLE_EQ(mcNemarExact(0, 0), 1.0);
}

TEST(Paired, ComputesMcNemarForThousandsOfProblems)
{
    // scipy.stats.binomtest(2400, 5000).pvalue
    EXPECT_NEAR(mcNemarExact(2400, 2600), 0.00488, 0.00002);
    EXPECT_GT(mcNemarExact(2500, 2500), 0.99);
}

TEST(Paired, BootstrapsTheDifferenceOfPairs)
{
    const std::vector<PairedOutcome> outcomes(50, PairedOutcome{0.25, 0.75});
    const Interval interval = pairedDifference(outcomes, 3);
    EXPECT_EQ(interval.mean, 0.5);
    EXPECT_EQ(interval.low, 0.5);
    EXPECT_EQ(interval.high, 0.5);
}

} // namespace
} // namespace ahascope::analysis
