#include "ui/models/step_phases.h"

#include <gtest/gtest.h>

namespace ahascope::ui {

TEST(StepPhases, AreTheLatestStepsInOrder)
{
    const SeriesMap series{{"time/generate", {{1, 1.0}, {2, 2.0}, {3, 3.0}}},
        {"time/score", {{1, 0.5}, {2, 0.5}, {3, 1}}}, {"time/train", {{1, 1.0}, {2, 1.0}, {3, 4.0}}},
        {"time/other", {{1, 0.0}, {2, 0.0}, {3, 0.0}}}};
    const QList<StepPhases> latest = latestPhases(series, 2);
    ASSERT_EQ(latest.size(), 2);
    EXPECT_EQ(latest[0].step, 2);
    EXPECT_EQ(stepText(latest[1]), QStringLiteral("Step 3: 8 s"));
    EXPECT_EQ(phaseText(latest[1], 0), QStringLiteral("3 s, 38 %"));
    EXPECT_EQ(phaseText(latest[1], 2), QStringLiteral("4 s, 50 %"));
}

// Supervised steps generate nothing, and several updates share a rollout.
TEST(StepPhases, MayBeMissingFromSomeSteps)
{
    const SeriesMap series{{"time/generate", {{1, 2.0}, {3, 2.0}}}, {"time/train", {{1, 1}, {2, 1}, {3, 1}, {4, 1}}}};
    const QList<StepPhases> latest = latestPhases(series, 3);
    ASSERT_EQ(latest.size(), 3);
    EXPECT_EQ(latest[0].step, 2);
    EXPECT_EQ(latest[0].seconds[0], 0);
    EXPECT_EQ(latest[1].seconds[0], 2);
    EXPECT_EQ(latest[2].total(), 1);
    EXPECT_TRUE(latestPhases({}, 3).isEmpty());
}

} // namespace ahascope::ui
