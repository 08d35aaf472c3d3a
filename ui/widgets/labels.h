// Small pieces of text and shape that every pane uses.
#pragma once

#include <QLabel>
#include <QToolButton>

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

class QPushButton;

namespace ahascope::ui {

QLabel* label(const QString& text, Type type = Type::Body, const char* role = nullptr);
// Changes what the style sheet makes of a widget ("good", "bad", "secondary" ...).
void setRole(QWidget* widget, const char* role);

// "1 problem", "3 problems".
QString counted(qint64 count, const QString& one, const QString& many);

// The tooltip is also what a screen reader says.
QPushButton* button(const QString& text, const QString& iconName, const QString& tooltip, bool primary = false);
QToolButton* toolButton(const QString& iconName, const QString& name, const QString& tooltip);
void describe(QWidget* widget, const QString& name, const QString& tooltip);

// A word in a coloured pill: a state, a verdict. Colour and word go together.
class Badge : public QWidget {
    Q_OBJECT
public:
    enum class Tone { Neutral, Accent, Good, Bad, Warning };
    explicit Badge(const QString& text = {}, Tone tone = Tone::Neutral, QWidget* parent = nullptr);
    void show(const QString& text, Tone tone);
    QString text() const { return m_text; }
    QSize sizeHint() const override;

    static void paint(QPainter& painter, const QRectF& rect, const QString& text, Tone tone, const Theme& theme);
    static double width(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
    Tone m_tone;
};

// A label that ends in "…" where there is no room, with the whole text as tooltip.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(const QString& text = {}, QWidget* parent = nullptr);
    void setText(const QString& text);
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace ahascope::ui
