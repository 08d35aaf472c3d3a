#include "ui/theme/theme.h"

#include <cmath>

#include <gtest/gtest.h>

#include <QApplication>
#include <QPushButton>

#include "ui/theme/appearance.h"
#include "ui/theme/icons.h"
#include "ui/theme/style_sheet.h"

namespace ahascope::ui {

namespace {
// WCAG 2.1 contrast of two colours, 1 to 21.
double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}
double contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}
}

class ThemeContrast : public testing::TestWithParam<const Theme*> { };

TEST_P(ThemeContrast, IsReadableForEveryText)
{
    const Theme& t = *GetParam();
    for (const QColor& back : {t.surface, t.window, t.think, t.rightAnswer, t.wrongAnswer})
        for (const QColor& front : {t.text, t.secondary, t.good, t.bad, t.tagText, t.placeholder})
            EXPECT_GE(contrast(front, back), 4.5) << front.name().toStdString() << " on " << back.name().toStdString();
    for (const QColor& back : {t.reflection, t.language, t.tokenA, t.tokenB, t.accentSoft})
        EXPECT_GE(contrast(t.text, back), 4.5) << back.name().toStdString();
    EXPECT_GE(contrast(t.muted, t.surface), 3.0);
    EXPECT_GE(contrast(t.onAccent, t.accent), 4.5);
    EXPECT_GE(contrast(t.good, t.goodSoft), 4.5);
    EXPECT_GE(contrast(t.bad, t.badSoft), 4.5);
    EXPECT_GE(contrast(t.warning, t.warningSoft), 4.5);
}

TEST_P(ThemeContrast, LetsEverySeriesStandOutFromTheSurface)
{
    for (const QColor& colour : GetParam()->series)
        EXPECT_GE(contrast(colour, GetParam()->surface), 3.0) << colour.name().toStdString();
}

TEST_P(ThemeContrast, IsFoundAgainFromItsPalette)
{
    EXPECT_EQ(themeFor(paletteOf(*GetParam())).dark, GetParam()->dark);
}

TEST_P(ThemeContrast, FillsEveryNameOfTheStyleSheet)
{
    const QString sheet = styleSheetOf(*GetParam());
    EXPECT_GT(sheet.size(), 1000);
    const qsizetype rules = sheet.indexOf(QLatin1String("*/"));
    EXPECT_EQ(sheet.indexOf(QLatin1Char('@'), rules), -1);
}

INSTANTIATE_TEST_SUITE_P(Both, ThemeContrast, testing::Values(&lightTheme(), &darkTheme()),
    [](const auto& info) { return info.param->dark ? "Dark" : "Light"; });

TEST(Icons, FollowThePaletteWithoutBeingMadeAgain)
{
    const QPalette before = QApplication::palette();
    QApplication::setPalette(paletteOf(lightTheme()));
    const QIcon play = icon(QStringLiteral("stop"));
    const QColor light = play.pixmap(32, 32).toImage().pixelColor(16, 16);
    QApplication::setPalette(paletteOf(darkTheme()));
    const QColor dark = play.pixmap(32, 32).toImage().pixelColor(16, 16);
    QApplication::setPalette(before);
    EXPECT_EQ(light, lightTheme().secondary);
    EXPECT_EQ(dark, darkTheme().secondary);
}

TEST(Icons, RefuseANameThatIsNoIcon)
{
    EXPECT_THROW(icon(QStringLiteral("nothing")), std::invalid_argument);
}

TEST(Appearance, RemembersSchemesByName)
{
    for (const Scheme scheme : {Scheme::System, Scheme::Light, Scheme::Dark})
        EXPECT_EQ(schemeFrom(nameOf(scheme)), scheme);
    EXPECT_EQ(schemeFrom(QStringLiteral("neon")), Scheme::System);
}

} // namespace ahascope::ui
