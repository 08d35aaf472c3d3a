// Small widgets: what they do where there is little room, and in either theme.
#include <gtest/gtest.h>

#include <QAbstractItemModel>
#include <QImage>
#include <QPainter>
#include <QStandardItemModel>

#include "tests/ui/support/waiting.h"
#include "ui/charts/plot_header.h"
#include "ui/models/template_preview.h"
#include "ui/panes/run_card.h"
#include "ui/theme/theme.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/gauge.h"
#include "ui/widgets/gauge_row.h"
#include "ui/widgets/handler_clock.h"
#include "ui/widgets/sparkline.h"
#include "ui/widgets/stacked_bar.h"

namespace ahascope::ui {

TEST(EmptyState, GivesUpItsEmblemBeforeItsWordsWhenThePaneIsLow)
{
    EmptyState state(
        QStringLiteral("log"), QStringLiteral("Nothing to report"), QStringLiteral("Checkpoints and more."));
    const auto visibleWithoutText = [&state] {
        int count = 0;
        for (const QWidget* child : state.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
            count += child->isVisible() && !child->inherits("QLabel") ? 1 : 0;
        return count;
    };
    state.resize(600, 400);
    state.show();
    EXPECT_EQ(visibleWithoutText(), 1);
    state.resize(600, 90);
    EXPECT_EQ(visibleWithoutText(), 0);
}

TEST(StackedBar, TakesAsManyRowsAsItsLegendNeeds)
{
    StackedBar bar(QStringLiteral("Memory plan"), {});
    bar.show({{QStringLiteral("activations"), 3, QStringLiteral("163 MB")},
                 {QStringLiteral("rollout"), 5, QStringLiteral("247 MB")},
                 {QStringLiteral("optimizer"), 1, QStringLiteral("7 MB")},
                 {QStringLiteral("weights"), 1, QStringLiteral("4 MB")}},
        100, QStringLiteral("Memory at its peak"));
    EXPECT_GT(bar.heightForWidth(200), bar.heightForWidth(400));
    EXPECT_GT(bar.heightForWidth(400), bar.heightForWidth(2000));
}

TEST(Gauge, ShowsADashForWhatCannotBeTold)
{
    Gauge gauge(QStringLiteral("Power"), QStringLiteral("In watts"), Gauge::Bar::Share);
    EXPECT_EQ(gauge.text(), QStringLiteral("Power —"));
    gauge.show({QStringLiteral("412 W"), 0.6, {0.5, 0.6}});
    EXPECT_EQ(gauge.text(), QStringLiteral("Power 412 W"));
    EXPECT_EQ(gauge.toolTip(), QStringLiteral("Power 412 W. In watts"));
}

TEST(GaugeRow, TakesTwoRowsWhereThereIsLittleRoom)
{
    QList<Gauge*> gauges;
    for (int k = 0; k < 4; ++k)
        gauges.append(new Gauge(QString::number(k), {}, Gauge::Bar::None));
    GaugeRow row(gauges);
    row.resize(800, 100);
    row.show();
    EXPECT_EQ(gauges[3]->y(), gauges[0]->y());
    row.resize(300, 100);
    ASSERT_TRUE(eventually([&] { return gauges[3]->y() > gauges[0]->y(); }));
    EXPECT_EQ(gauges[3]->x(), gauges[1]->x());
}

TEST(PlotHeader, HasAPlaceForEveryCurve)
{
    PlotData data;
    for (const char* name : {"reward", "accuracy", "format", "length penalty"}) {
        Curve curve;
        curve.name = QString::fromLatin1(name);
        curve.points = {{1, 0.5}};
        data.curves.append(curve);
    }
    const PlotHeader header{QStringLiteral("Reward and its parts")};
    EXPECT_GT(header.height(data, 240), header.height(data, 900));
}

TEST(RunCard, IsLightInTheLightThemeWhateverTheViewsOwnPaletteSays)
{
    QStandardItemModel model(1, 12);
    QStyleOptionViewItem option;
    option.rect = QRect(0, 0, 600, 60);
    option.palette = paletteOf(darkTheme());
    QImage image(600, 60, QImage::Format_RGB32);
    image.fill(Qt::red);
    QPainter painter(&image);
    RunCard(nullptr).paint(&painter, option, model.index(0, 0));
    painter.end();
    EXPECT_EQ(image.pixelColor(300, 12).name(), lightTheme().surface.name());
}

TEST(Sparkline, DrawsSharesOnOneScaleSoThatALowCurveLooksLow)
{
    const auto highest = [](const QList<double>& values) { // the first row with ink
        QImage image(100, 40, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        paintSparkline(painter, QRectF(image.rect()), values, lightTheme());
        painter.end();
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixelColor(x, y) != QColor(Qt::white))
                    return y;
        return image.height();
    };
    EXPECT_GT(highest({0.18, 0.13}), 24);
    EXPECT_LT(highest({0.18, 0.95}), 8);
    EXPECT_EQ(highest({0.5}), 40);
}

TEST(WorkingAnswer, IsAnExpressionForACountdownRowAndTheGoldElsewhere)
{
    PreviewRow row;
    row.answer = "36";
    EXPECT_EQ(workingAnswer(row), "36");
    row.columns = {{"numbers", "[7, 3, 15]"}, {"target", "36"}};
    EXPECT_EQ(workingAnswer(row), "( 7 * 3 ) + 15");
    row.columns = {{"numbers", "[9223372036854775807, 3]"}, {"target", "36"}};
    EXPECT_EQ(workingAnswer(row), "36");
    row.columns = {{"numbers", "[1, 1]"}, {"target", "36"}};
    EXPECT_EQ(workingAnswer(row), "36");
}

TEST(HandlerClock, TellsOnceWhenTheFirstWindowHasBeenPainted)
{
    auto* application = static_cast<Application*>(QApplication::instance());
    int frames = 0;
    application->onFirstFrame([&frames] { ++frames; });
    QWidget first;
    first.show();
    ASSERT_TRUE(eventually([&] { return frames == 1; }));
    QWidget second;
    second.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&second));
    EXPECT_EQ(frames, 1);
}

} // namespace ahascope::ui
