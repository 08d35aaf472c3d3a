#include "ui/charts/plot_widget.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>

#include "ui/charts/chart_export.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
PlotData rising()
{
    PlotData data;
    data.format = NumberFormat::Percent;
    Curve curve;
    curve.name = QStringLiteral("accuracy");
    curve.points = {{0, 0.1}, {20, 0.4}, {40, 0.8}};
    data.curves.append(curve);
    return data;
}

struct Shown {
    ChartScheduler scheduler;
    PlotWidget plot{QStringLiteral("Accuracy"), QStringLiteral("share that is right"), scheduler};
    explicit Shown(const PlotData& data)
    {
        plot.resize(400, 240);
        plot.show();
        plot.setData(data, ChartScheduler::Reason::User);
        plot.drawPixmap();
    }
    bool hasColour(const QColor& wanted)
    {
        const QImage image = plot.grab().toImage();
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixelColor(x, y) == wanted)
                    return true;
        return false;
    }
};
}

TEST(PlotWidget, DrawsItsCurveInTheColourOfItsSeries)
{
    Shown shown(rising());
    EXPECT_TRUE(shown.hasColour(lightTheme().series[0]));
    EXPECT_FALSE(shown.hasColour(lightTheme().series[1]));
}

TEST(PlotWidget, TellsAScreenReaderItsLastValueAndTheOneUnderTheCrosshair)
{
    Shown shown(rising());
    EXPECT_EQ(shown.plot.accessibleDescription().toStdString(), "accuracy 80 %");
    QObject::connect(&shown.plot, &PlotWidget::stepHovered, &shown.plot, &PlotWidget::setCrosshair);
    QTest::keyClick(&shown.plot, Qt::Key_Right);
    QTest::keyClick(&shown.plot, Qt::Key_Right);
    EXPECT_EQ(shown.plot.accessibleDescription().toStdString(), "step 20: accuracy 40 %");
}

TEST(PlotWidget, OpensTheStepThatWasClicked)
{
    Shown shown(rising());
    QSignalSpy clicked(&shown.plot, &PlotWidget::stepClicked);
    QTest::mouseClick(&shown.plot, Qt::LeftButton, {}, QPoint(215, 150));
    ASSERT_EQ(clicked.size(), 1);
    EXPECT_EQ(clicked[0][0].toLongLong(), 20);
}

TEST(PlotWidget, ChoosesTheRangeThatWasDraggedOver)
{
    Shown shown(rising());
    std::optional<Range> zoom;
    QObject::connect(&shown.plot, &PlotWidget::zoomChosen, [&](std::optional<Range> chosen) { zoom = chosen; });
    QTest::mousePress(&shown.plot, Qt::LeftButton, {}, QPoint(120, 150));
    QTest::mouseMove(&shown.plot, QPoint(300, 150));
    QTest::mouseRelease(&shown.plot, Qt::LeftButton, {}, QPoint(300, 150));
    ASSERT_TRUE(zoom);
    EXPECT_GT(zoom->from, 0);
    EXPECT_LT(zoom->to, 40);
    EXPECT_GT(zoom->span(), 10);
}

TEST(PlotWidget, IsDrawnOnceForManyUpdatesInOneTurn)
{
    Shown shown(rising());
    ASSERT_TRUE(QTest::qWaitFor([&] { return shown.scheduler.drawings() > 0; }, 2000));
    const int before = shown.scheduler.drawings();
    for (int k = 0; k < 100; ++k)
        shown.plot.setData(rising(), ChartScheduler::Reason::User);
    ASSERT_TRUE(QTest::qWaitFor([&] { return shown.scheduler.drawings() > before; }, 2000));
    QTest::qWait(0);
    EXPECT_EQ(shown.scheduler.drawings(), before + 1);
}

TEST(PlotWidget, IsNotDrawnWhileItCannotBeSeen)
{
    ChartScheduler scheduler;
    PlotWidget plot(QStringLiteral("Accuracy"), {}, scheduler);
    plot.setData(rising(), ChartScheduler::Reason::User);
    QTest::qWait(5);
    EXPECT_EQ(scheduler.drawings(), 0);
    plot.show();
    EXPECT_TRUE(QTest::qWaitFor([&] { return scheduler.drawings() == 1; }, 2000));
}

TEST(ChartExport, WritesEveryValueOnceWithHolesLeftEmpty)
{
    PlotData data;
    Curve a;
    a.name = QStringLiteral("reward, mean");
    a.points = {{1, 0.5}, {2, 0.25}};
    Curve b;
    b.name = QStringLiteral("held-out");
    b.points = {{2, 0.75}};
    b.low = {{2, 0.5}};
    b.high = {{2, 1.0}};
    data.curves = {a, b};
    EXPECT_EQ(toCsv(data).toStdString(),
        "step,\"reward, mean\",held-out,held-out low,held-out high\n"
        "1,0.5,,,\n"
        "2,0.25,0.75,0.5,1\n");
}

} // namespace ahascope::ui
