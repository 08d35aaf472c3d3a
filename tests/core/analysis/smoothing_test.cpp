#include "core/analysis/smoothing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;

const double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Smoothing, StartsAtTheFirstValue)
{
    // weights 1; 0.5 1; 0.25 0.5 1
    EXPECT_THAT(smoothed(std::vector<double>{4, 1, 1}, 0.5), ElementsAre(DoubleEq(4), DoubleEq(2), DoubleEq(10.0 / 7)));
}

TEST(Smoothing, LeavesValuesWithoutWeightAlone)
{
    EXPECT_THAT(smoothed(std::vector<double>{4, 1}, 0.0), ElementsAre(4, 1));
    EXPECT_TRUE(smoothed({}, 0.9).empty());
}

TEST(Smoothing, KeepsGapsAndDoesNotAverageThem)
{
    const auto out = smoothed(std::vector<double>{2, nan, 2}, 0.9);
    EXPECT_TRUE(std::isnan(out[1]));
    EXPECT_DOUBLE_EQ(out[2], 2.0);
}

TEST(Smoothing, KeepsAConstantConstant)
{
    for (const double value : smoothed(std::vector<double>(100, 3.0), 0.99)) {
        EXPECT_NEAR(value, 3.0, 1e-12);
    }
}

TEST(Decimation, KeepsThePeakOfEveryBucket)
{
    std::vector<Point> points;
    for (int i = 0; i < 10'000; ++i) {
        points.push_back({static_cast<double>(i), i == 4321 ? 100.0 : i == 8765 ? -100.0 : std::sin(i)});
    }
    const auto kept = decimated(points, 50);
    EXPECT_LE(kept.size(), 200u);
    EXPECT_NE(std::find(kept.begin(), kept.end(), points[4321]), kept.end());
    EXPECT_NE(std::find(kept.begin(), kept.end(), points[8765]), kept.end());
    EXPECT_EQ(kept.front(), points.front());
    EXPECT_EQ(kept.back(), points.back());
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), [](const Point& a, const Point& b) { return a.x < b.x; }));
}

TEST(Decimation, ReturnsFewPointsAsTheyAre)
{
    const std::vector<Point> points{{0, 1}, {1, 5}, {2, nan}, {3, 2}};
    EXPECT_THAT(decimated(points, 10), ElementsAre(Point{0, 1}, Point{1, 5}, Point{3, 2}));
}

TEST(Decimation, BearsPointsAtOnePlace)
{
    const std::vector<Point> points(100, Point{1.0, 2.0});
    EXPECT_LE(decimated(points, 3).size(), 12u);
}

} // namespace
} // namespace ahascope::analysis
