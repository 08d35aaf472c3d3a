#include "ui/charts/plot_data.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ahascope::ui {

namespace {
std::string text(double value, NumberFormat format)
{
    return formatNumber(value, format).toStdString();
}
}

TEST(PlotData, WritesNumbersAsAReaderWantsThem)
{
    EXPECT_EQ(text(0.8234, NumberFormat::Percent), "82.3 %");
    EXPECT_EQ(text(1.0, NumberFormat::Percent), "100 %");
    EXPECT_EQ(text(0.0, NumberFormat::Percent), "0 %");
    EXPECT_EQ(text(12345, NumberFormat::Plain), "12.3k");
    EXPECT_EQ(text(1234, NumberFormat::Plain), "1234");
    EXPECT_EQ(text(1.5, NumberFormat::Plain), "1.5");
    EXPECT_EQ(text(0.034, NumberFormat::Plain), "0.034");
    EXPECT_EQ(text(0.0001, NumberFormat::Scientific), "1e-4");
    EXPECT_EQ(text(0.34, NumberFormat::Seconds), "340 ms");
    EXPECT_EQ(text(2.13, NumberFormat::Seconds), "2.13 s");
    EXPECT_EQ(text(600, NumberFormat::Seconds), "10 min");
    EXPECT_EQ(text(-0.00000001, NumberFormat::Percent), "0 %");
}

TEST(PlotData, ShowsADashForAMissingValueAndNeverZero)
{
    EXPECT_EQ(formatNumber(std::optional<double>{}, NumberFormat::Percent).toStdString(), "—");
    EXPECT_EQ(text(NAN, NumberFormat::Plain), "—");
}

TEST(PlotData, FindsTheNearestPointOnlyWhereThereIsOne)
{
    const QList<QPointF> every20{{0, 1}, {20, 2}, {40, 3}};
    EXPECT_EQ(nearestPoint(every20, 27), QPointF(20, 2));
    EXPECT_EQ(nearestPoint(every20, 31), QPointF(40, 3));
    EXPECT_EQ(nearestPoint(every20, 60), std::nullopt);
    EXPECT_EQ(nearestPoint({}, 3), std::nullopt);
}

TEST(PlotData, StacksCurvesOverTheStepsTheyHave)
{
    Curve a;
    a.points = {{1, 1}, {2, 2}};
    Curve b;
    b.points = {{1, 10}, {2, 20}};
    const QList<Curve> raised = stack({a, Curve{}, b});
    ASSERT_EQ(raised.size(), 2);
    EXPECT_EQ(raised[1].points, (QList<QPointF>{{1, 11}, {2, 22}}));
}

TEST(PlotData, KeepsAPercentAxisWithinHundred)
{
    PlotData data;
    data.format = NumberFormat::Percent;
    data.curves.append(Curve{});
    data.curves[0].points = {{0, 0.2}, {10, 1.0}};
    const auto y = yRange(data, *xRange(data));
    ASSERT_TRUE(y);
    EXPECT_DOUBLE_EQ(y->from, 0.0);
    EXPECT_DOUBLE_EQ(y->to, 1.0);
}

TEST(PlotData, DoesNotLetOneSpikeOfTheRawValuesPressTheCurveFlat)
{
    PlotData data;
    data.curves.append(Curve{});
    for (int x = 0; x < 100; ++x) {
        data.curves[0].points.append({static_cast<double>(x), 1.0});
        data.curves[0].raw.append({static_cast<double>(x), x == 50 ? 1000.0 : 1.0});
    }
    EXPECT_LT(yRange(data, *xRange(data))->to, 2.0);
}

TEST(PlotData, CoversTheStepsThatAllChartsShare)
{
    PlotData data;
    data.steps = Range{0, 200};
    data.curves.append(Curve{});
    data.curves[0].points = {{1, 0.2}, {10, 1.0}};
    EXPECT_EQ(xRange(data), (Range{0, 200}));
}

TEST(PlotData, HasNoRangeWithoutValues)
{
    EXPECT_FALSE(xRange({}));
    PlotData data;
    data.curves.append(Curve{});
    data.curves[0].points = {{3, NAN}};
    EXPECT_FALSE(yRange(data, *xRange(data)));
}

TEST(PlotData, GivesALogarithmicRangeToPositiveValuesOnly)
{
    PlotData data;
    data.logY = true;
    data.curves.append(Curve{});
    data.curves[0].points = {{0, 0.0}, {1, 0.01}, {2, 100.0}};
    const auto y = yRange(data, *xRange(data));
    EXPECT_DOUBLE_EQ(y->from, 0.01);
    EXPECT_DOUBLE_EQ(y->to, 100.0);
}

} // namespace ahascope::ui
