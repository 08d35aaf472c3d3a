#include "ui/charts/decimate.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ahascope::ui {

TEST(Decimate, KeepsEveryPointThatFitsItsOwnColumn)
{
    const QList<QPointF> points{{0, 1}, {1, 4}, {2, 2}};
    EXPECT_EQ(decimate(points, 0, 2, 100), points);
}

TEST(Decimate, KeepsTheExtremesOfEachColumnInTheirOrder)
{
    QList<QPointF> points;
    for (int x = 0; x < 1000; ++x)
        points.append({static_cast<double>(x), x == 137 ? -5.0 : x == 512 ? 9.0 : 0.5});
    const QList<QPointF> few = decimate(points, 0, 1000, 10);
    EXPECT_LE(few.size(), 24);
    EXPECT_TRUE(few.contains(QPointF(137, -5)));
    EXPECT_TRUE(few.contains(QPointF(512, 9)));
    for (qsizetype k = 1; k < few.size(); ++k)
        EXPECT_LT(few[k - 1].x(), few[k].x());
}

TEST(Decimate, ReachesToTheNeighboursOfTheRangeSoThatLinesLeaveThePicture)
{
    const QList<QPointF> points{{0, 0}, {10, 1}, {20, 2}, {30, 3}};
    const QList<QPointF> expected{{0, 0}, {10, 1}, {20, 2}, {30, 3}};
    EXPECT_EQ(decimate(points, 9, 21, 50), expected);
    EXPECT_EQ(decimate(points, 12, 13, 50), (QList<QPointF>{{10, 1}, {20, 2}}));
}

TEST(Decimate, LeavesOutWhatIsNotANumber)
{
    const QList<QPointF> points{{0, 1}, {1, NAN}, {2, INFINITY}, {3, 2}};
    EXPECT_EQ(decimate(points, 0, 3, 30), (QList<QPointF>{{0, 1}, {3, 2}}));
}

TEST(Decimate, GivesNothingForNothing)
{
    EXPECT_TRUE(decimate({}, 0, 1, 10).isEmpty());
    EXPECT_TRUE(decimate({{0, 1}}, 1, 1, 10).isEmpty());
    EXPECT_TRUE(decimate({{0, 1}}, 0, 1, 0).isEmpty());
}

} // namespace ahascope::ui
