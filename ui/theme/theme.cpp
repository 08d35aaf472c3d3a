#include "ui/theme/theme.h"

#include <QFontDatabase>
#include <QGuiApplication>

namespace ahascope::ui {

namespace {
Theme makeLight()
{
    Theme t;
    t.dark = false;
    t.window = QColor(0xf3f5f8);
    t.surface = QColor(0xffffff);
    t.raised = QColor(0xfafbfc);
    t.sunken = QColor(0xe9edf2);
    t.border = QColor(0xd9dfe7);
    t.text = QColor(0x18202b);
    t.secondary = QColor(0x4d5968);
    t.muted = QColor(0x6f7c8d);
    t.accent = QColor(0x2b4fc7);
    t.onAccent = QColor(0xffffff);
    t.accentSoft = QColor(0xdfe6fb);
    t.good = QColor(0x0f7a4d);
    t.bad = QColor(0xb8321f);
    t.warning = QColor(0x8a5a00);
    t.goodSoft = QColor(0xdff3e8);
    t.badSoft = QColor(0xfbe4e0);
    t.warningSoft = QColor(0xfcf0d4);
    t.grid = QColor(0xe6eaf0);
    t.tokenA = QColor(0xe4ecfd);
    t.tokenB = QColor(0xfaecdc);
    t.placeholder = QColor(0xa8327a);
    t.tagText = QColor(0x7a5cc4);
    t.reflection = QColor(0xffe08a);
    t.language = QColor(0xbfe3f7);
    t.think = QColor(0xf5f6f9);
    t.rightAnswer = QColor(0xe7f6ee);
    t.wrongAnswer = QColor(0xfff3f1);
    t.heat = QColor(0xe2701a);
    t.series = {QColor(0x1f63c9), QColor(0xd5600a), QColor(0x008f6b), QColor(0xb04a8b), QColor(0xb98300),
        QColor(0x2f9bd8), QColor(0x6a5acd), QColor(0x6b7686)};
    return t;
}

Theme makeDark()
{
    Theme t;
    t.dark = true;
    t.window = QColor(0x12161c);
    t.surface = QColor(0x191f27);
    t.raised = QColor(0x212832);
    t.sunken = QColor(0x0e1217);
    t.border = QColor(0x303945);
    t.text = QColor(0xe7ebf1);
    t.secondary = QColor(0xabb6c4);
    t.muted = QColor(0x8793a3);
    t.accent = QColor(0x86a4ff);
    t.onAccent = QColor(0x0e1430);
    t.accentSoft = QColor(0x28355c);
    t.good = QColor(0x4fca90);
    t.bad = QColor(0xff8574);
    t.warning = QColor(0xe8b84d);
    t.goodSoft = QColor(0x173527);
    t.badSoft = QColor(0x41201c);
    t.warningSoft = QColor(0x3b2f13);
    t.grid = QColor(0x28303a);
    t.tokenA = QColor(0x26344f);
    t.tokenB = QColor(0x413224);
    t.placeholder = QColor(0xf08cc4);
    t.tagText = QColor(0xb7a2f5);
    t.reflection = QColor(0x6b5413);
    t.language = QColor(0x1f4d68);
    t.think = QColor(0x1d232c);
    t.rightAnswer = QColor(0x16302a);
    t.wrongAnswer = QColor(0x35201f);
    t.heat = QColor(0xf08a3c);
    t.series = {QColor(0x6ba6ff), QColor(0xf4914f), QColor(0x3fcf9f), QColor(0xe392c6), QColor(0xe6bb4f),
        QColor(0x86d0f5), QColor(0xb0a3ff), QColor(0x97a3b3)};
    return t;
}
}

const Theme& lightTheme()
{
    static const Theme theme = makeLight();
    return theme;
}

const Theme& darkTheme()
{
    static const Theme theme = makeDark();
    return theme;
}

const Theme& themeFor(const QPalette& palette)
{
    return palette.color(QPalette::Active, QPalette::WindowText).lightness() > 128 ? darkTheme() : lightTheme();
}

QColor mix(const QColor& from, const QColor& to, double share)
{
    const auto between = [share](int a, int b) { return static_cast<int>(a + (b - a) * share + 0.5); };
    return {between(from.red(), to.red()), between(from.green(), to.green()), between(from.blue(), to.blue()),
        between(from.alpha(), to.alpha())};
}

QPalette paletteOf(const Theme& t)
{
    QPalette p;
    p.setColor(QPalette::Window, t.window);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.surface);
    p.setColor(QPalette::AlternateBase, mix(t.surface, t.window, 0.6));
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::PlaceholderText, t.muted);
    p.setColor(QPalette::Button, t.raised);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.bad);
    p.setColor(QPalette::ToolTipBase, t.raised);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::Highlight, t.accent);
    p.setColor(QPalette::HighlightedText, t.onAccent);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    p.setColor(QPalette::Light, mix(t.raised, t.surface, 0.5));
    p.setColor(QPalette::Midlight, t.raised);
    p.setColor(QPalette::Mid, t.border);
    p.setColor(QPalette::Dark, mix(t.border, t.text, 0.25));
    p.setColor(QPalette::Shadow, t.sunken);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, mix(t.muted, t.window, 0.35));
    p.setColor(QPalette::Disabled, QPalette::Highlight, t.border);
    return p;
}

QFont typeFont(Type type)
{
    QFont font = QGuiApplication::font();
    const auto scaled = [&font](double factor) { font.setPointSizeF(font.pointSizeF() * factor); };
    switch (type) {
    case Type::Caption:
        scaled(0.88);
        break;
    case Type::Body:
        break;
    case Type::Strong:
        font.setWeight(QFont::DemiBold);
        break;
    case Type::Title:
        scaled(1.2);
        font.setWeight(QFont::DemiBold);
        break;
    case Type::Figure:
        scaled(1.7);
        font.setWeight(QFont::DemiBold);
        break;
    case Type::Display:
        scaled(2.1);
        font.setWeight(QFont::DemiBold);
        break;
    }
    return font;
}

QFont codeFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(QGuiApplication::font().pointSizeF());
    return font;
}

} // namespace ahascope::ui
