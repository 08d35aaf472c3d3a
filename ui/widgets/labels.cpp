#include "ui/widgets/labels.h"

#include <QPainter>
#include <QPushButton>
#include <QStyle>

namespace ahascope::ui {

QLabel* label(const QString& text, Type type, const char* role)
{
    auto* made = new QLabel(text);
    if (type != Type::Body)
        made->setFont(typeFont(type));
    if (role != nullptr)
        made->setProperty("role", QString::fromLatin1(role));
    return made;
}

void setRole(QWidget* widget, const char* role)
{
    const QString wanted = QString::fromLatin1(role);
    if (widget->property("role").toString() == wanted)
        return;
    widget->setProperty("role", wanted);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

QString counted(qint64 count, const QString& one, const QString& many)
{
    return QString::number(count) + QLatin1Char(' ') + (count == 1 ? one : many);
}

void describe(QWidget* widget, const QString& name, const QString& tooltip)
{
    widget->setAccessibleName(name);
    widget->setAccessibleDescription(tooltip);
    widget->setToolTip(tooltip);
}

QPushButton* button(const QString& text, const QString& iconName, const QString& tooltip, bool primary)
{
    // Qt puts next to nothing between icon and text.
    auto* made = new QPushButton(iconName.isEmpty() ? text : QLatin1Char(' ') + text);
    if (!iconName.isEmpty())
        made->setIcon(icon(iconName, primary ? Tint::OnAccent : Tint::Normal));
    if (primary)
        made->setProperty("primary", true);
    describe(made, QString(text).remove(QLatin1Char('&')), tooltip);
    return made;
}

QToolButton* toolButton(const QString& iconName, const QString& name, const QString& tooltip)
{
    auto* made = new QToolButton;
    made->setIcon(icon(iconName));
    made->setProperty("flat", true);
    describe(made, name, tooltip);
    return made;
}

namespace {
struct Tones {
    QColor back;
    QColor front;
};
Tones tonesOf(Badge::Tone tone, const Theme& theme)
{
    switch (tone) {
    case Badge::Tone::Accent:
        return {theme.accentSoft, theme.accent};
    case Badge::Tone::Good:
        return {theme.goodSoft, theme.good};
    case Badge::Tone::Bad:
        return {theme.badSoft, theme.bad};
    case Badge::Tone::Warning:
        return {theme.warningSoft, theme.warning};
    case Badge::Tone::Neutral:
        break;
    }
    return {theme.sunken, theme.secondary};
}
}

Badge::Badge(const QString& text, Tone tone, QWidget* parent) : QWidget(parent), m_text(text), m_tone(tone)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(text);
}

void Badge::show(const QString& text, Tone tone)
{
    m_text = text;
    m_tone = tone;
    setAccessibleName(text);
    setVisible(!text.isEmpty());
    updateGeometry();
    update();
}

double Badge::width(const QString& text)
{
    return QFontMetricsF(typeFont(Type::Caption)).horizontalAdvance(text) + 18;
}

QSize Badge::sizeHint() const
{
    const QFontMetricsF metrics(typeFont(Type::Caption));
    return {static_cast<int>(width(m_text) + 1), static_cast<int>(metrics.height()) + 6};
}

void Badge::paint(QPainter& painter, const QRectF& rect, const QString& text, Tone tone, const Theme& theme)
{
    const Tones tones = tonesOf(tone, theme);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tones.back);
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2);
    painter.setPen(tones.front);
    painter.setFont(typeFont(Type::Caption));
    painter.drawText(rect, Qt::AlignCenter, text);
    painter.restore();
}

void Badge::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(painter, QRectF(rect()), m_text, m_tone, themeFor(palette()));
}

ElidedLabel::ElidedLabel(const QString& text, QWidget* parent) : QLabel(parent)
{
    setText(text);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

void ElidedLabel::setText(const QString& text)
{
    QLabel::setText(text);
    setToolTip(text);
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {40, QLabel::minimumSizeHint().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(rect(), static_cast<int>(alignment()) | Qt::AlignVCenter,
        fontMetrics().elidedText(text(), Qt::ElideRight, width()));
}

} // namespace ahascope::ui
