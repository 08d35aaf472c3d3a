#include "core/train/schedule.h"

#include <gtest/gtest.h>

namespace ahascope::train {
namespace {

// Values of Hugging Face's get_scheduler() worked out by hand.
TEST(Schedule, WarmsUpFromZeroThenFallsInALine)
{
    const ScheduleOptions options{SchedulerType::Linear, 1.0, 10, 2, 0.0, 0.0};
    EXPECT_DOUBLE_EQ(learningRateAt(options, 0), 0.0);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 1), 0.5);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 2), 1.0);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 6), 0.5);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 9), 0.125);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 12), 0.0);
}

TEST(Schedule, FollowsHalfACosine)
{
    const ScheduleOptions options{SchedulerType::Cosine, 2.0, 8, 0, 0.0, 0.0};
    EXPECT_DOUBLE_EQ(learningRateAt(options, 0), 2.0);
    EXPECT_NEAR(learningRateAt(options, 4), 1.0, 1e-15);
    EXPECT_NEAR(learningRateAt(options, 8), 0.0, 1e-15);
}

TEST(Schedule, EndsTheCosineAtTheLowestRate)
{
    const ScheduleOptions options{SchedulerType::CosineWithMinLr, 5e-5, 100, 0, 0.0, 5e-6};
    EXPECT_NEAR(learningRateAt(options, 0), 5e-5, 1e-18);
    EXPECT_NEAR(learningRateAt(options, 50), 2.75e-5, 1e-18);
    EXPECT_NEAR(learningRateAt(options, 100), 5e-6, 1e-18);
}

TEST(Schedule, RoundsTheWarmUpRatioUp)
{
    const ScheduleOptions options{SchedulerType::Constant, 1.0, 10, 0, 0.15, 0.0}; // 1.5 -> 2 steps
    EXPECT_DOUBLE_EQ(learningRateAt(options, 1), 0.5);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 2), 1.0);
    EXPECT_DOUBLE_EQ(learningRateAt(options, 1000), 1.0);
}

} // namespace
} // namespace ahascope::train
