#include "ui/charts/ticks.h"

#include <gtest/gtest.h>

namespace ahascope::ui {

namespace {
std::string labels(const QList<Tick>& ticks)
{
    QStringList all;
    for (const Tick& tick : ticks)
        all << tick.label;
    return all.join(QLatin1Char(' ')).toStdString();
}
}

TEST(Ticks, AreRoundNumbersInsideTheRange)
{
    EXPECT_EQ(labels(linearTicks({0, 1}, 5, NumberFormat::Plain)), "0 0.2 0.4 0.6 0.8 1");
    EXPECT_EQ(labels(linearTicks({-3, 7}, 5, NumberFormat::Plain)), "-2 0 2 4 6");
    EXPECT_EQ(labels(linearTicks({0.21, 0.84}, 4, NumberFormat::Percent)), "40 % 60 % 80 %");
}

TEST(Ticks, AreWholeStepsOnTheStepAxis)
{
    EXPECT_EQ(labels(linearTicks({0, 3}, 10, NumberFormat::Plain, true)), "0 1 2 3");
    EXPECT_EQ(labels(linearTicks({0, 200}, 5, NumberFormat::Plain, true)), "0 50 100 150 200");
}

TEST(Ticks, ArePowersOfTenOnALogarithmicAxis)
{
    EXPECT_EQ(labels(logTicks({0.9, 1100}, 4, NumberFormat::Plain)), "1 10 100 1000");
    EXPECT_EQ(labels(logTicks({1, 10}, 4, NumberFormat::Plain)), "1 2 5 10");
}

TEST(Ticks, AreNoneForAnEmptyRange)
{
    EXPECT_TRUE(linearTicks({1, 1}, 5, NumberFormat::Plain).isEmpty());
    EXPECT_TRUE(logTicks({0, 10}, 5, NumberFormat::Plain).isEmpty());
}

} // namespace ahascope::ui
