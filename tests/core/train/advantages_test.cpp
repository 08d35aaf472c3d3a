#include "core/train/advantages.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace ahascope::train {
namespace {

constexpr double ungraded = std::numeric_limits<double>::quiet_NaN();

TEST(Advantages, CentreAndScaleEachGroupByItsSampleDeviation)
{
    // Group 1, 1, 0, 0: mean 1/2, deviation sqrt(4 * 1/4 / 3) = 0.57735.
    const double rewards[] = {1, 1, 0, 0, 3, 3, 3, 3};
    const Advantages result = computeAdvantages(rewards, 4, ScaleRewards::Group);
    const float expected = static_cast<float>(0.5 / (std::sqrt(1.0 / 3) + 1e-4));
    EXPECT_FLOAT_EQ(result.values[0], expected);
    EXPECT_FLOAT_EQ(result.values[3], -expected);
    EXPECT_EQ(result.values[5], 0.0f);
    EXPECT_DOUBLE_EQ(result.fracRewardZeroStd, 0.5);
    EXPECT_DOUBLE_EQ(result.reward, 14.0 / 8);
    EXPECT_DOUBLE_EQ(result.groupMeans[0], 0.5);
    EXPECT_DOUBLE_EQ(result.groupStds[1], 0.0);
}

TEST(Advantages, ScaleByTheWholeBatchOrNotAtAll)
{
    const double rewards[] = {2, 0, 5, 5}; // mean 3, squares 1 + 9 + 4 + 4 = 18, deviation sqrt(6)
    const Advantages batch = computeAdvantages(rewards, 2, ScaleRewards::Batch);
    EXPECT_FLOAT_EQ(batch.values[0], static_cast<float>(1 / (std::sqrt(6.0) + 1e-4)));
    EXPECT_EQ(batch.values[2], 0.0f);
    EXPECT_DOUBLE_EQ(batch.rewardStd, std::sqrt(6.0));
    EXPECT_DOUBLE_EQ(batch.fracRewardZeroStd, 0.0);
    const Advantages none = computeAdvantages(rewards, 2, ScaleRewards::None);
    EXPECT_EQ(none.values, (std::vector<float>{1, -1, 0, 0}));
    EXPECT_DOUBLE_EQ(none.fracRewardZeroStd, 0.5);
}

TEST(Advantages, LeaveUngradedCompletionsOutOfTheirGroup)
{
    const double rewards[] = {1, ungraded, 0, 1};
    const Advantages result = computeAdvantages(rewards, 4, ScaleRewards::Group);
    // Of 1, 0, 1: mean 2/3, deviation sqrt((1/9 + 4/9 + 1/9) / 2) = sqrt(1/3).
    EXPECT_FLOAT_EQ(result.values[0], static_cast<float>((1.0 / 3) / (std::sqrt(1.0 / 3) + 1e-4)));
    EXPECT_EQ(result.values[1], 0.0f);
    EXPECT_DOUBLE_EQ(result.reward, 2.0 / 3);
}

TEST(Advantages, AreZeroWhereNothingCanBeCompared)
{
    const double rewards[] = {ungraded, ungraded, 1, ungraded};
    const Advantages result = computeAdvantages(rewards, 2, ScaleRewards::Group);
    EXPECT_EQ(result.values, (std::vector<float>{0, 0, 0, 0}));
    EXPECT_TRUE(std::isnan(result.groupMeans[0]));
    EXPECT_TRUE(std::isnan(result.groupStds[1]));
    EXPECT_EQ(computeAdvantages(std::vector<double>{2}, 1, ScaleRewards::Group).values[0], 0.0f);
}

} // namespace
} // namespace ahascope::train
