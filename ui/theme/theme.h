// The colours, distances and type sizes of the window, and where they are found.
#pragma once

#include <array>

#include <QColor>
#include <QFont>
#include <QPalette>

namespace ahascope::ui {

// Named by use, not by hue. Series and verdict colours keep apart for the common kinds of colour blindness (after Okabe
// and Ito) and never stand alone: a dash pattern, a glyph or a word goes with them.
struct Theme {
    bool dark = false;
    QColor window;  // behind everything
    QColor surface; // panes, lists, text
    QColor raised;  // headers, buttons
    QColor sunken;  // wells, troughs
    QColor border;
    QColor text;
    QColor secondary; // labels
    QColor muted;     // hints, ticks
    QColor accent;
    QColor onAccent;
    QColor accentSoft; // selected rows
    QColor good;
    QColor bad;
    QColor warning;
    QColor goodSoft;
    QColor badSoft;
    QColor warningSoft;
    QColor grid;   // chart lines
    QColor tokenA; // alternating tints behind tokens
    QColor tokenB;
    QColor placeholder; // {{prompt}}
    QColor tagText;     // <think>
    QColor reflection;  // behind reflection words
    QColor language;    // behind spans in a second language
    QColor think;       // behind the chain of thought
    QColor rightAnswer; // behind the answer
    QColor wrongAnswer;
    QColor heat; // the strong end of token heat
    std::array<QColor, 8> series;
};

const Theme& lightTheme();
const Theme& darkTheme();

// The theme that a palette was made from, told by the lightness of its text (a style sheet may make the
// window of one widget transparent).
const Theme& themeFor(const QPalette& palette);
QPalette paletteOf(const Theme& theme);

// A point between two colours: 0 gives `from`, 1 gives `to`.
QColor mix(const QColor& from, const QColor& to, double share);

// One grid of 4 pixels for every distance.
namespace space {
inline constexpr int xs = 4;
inline constexpr int s = 8;
inline constexpr int m = 12;
inline constexpr int l = 16;
inline constexpr int xl = 24;
inline constexpr int xxl = 32;
}

// One scale for every text, relative to the application's font.
enum class Type {
    Caption, // 0.88
    Body,    // 1
    Strong,  // 1, semi-bold
    Title,   // 1.2, semi-bold
    Figure,  // 1.7, semi-bold
    Display  // 2.1, semi-bold
};
QFont typeFont(Type type);
QFont codeFont();

} // namespace ahascope::ui
