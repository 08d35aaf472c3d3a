#include "ui/widgets/stacked_bar.h"

#include <QPainter>
#include <QStringList>

#include "ui/theme/theme.h"

namespace ahascope::ui {

QString formatBytes(double bytes)
{
    static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    return QString::number(bytes, 'f', bytes < 10 && unit > 0 ? 1 : 0) + QLatin1Char(' ') + QLatin1String(units[unit]);
}

namespace {
constexpr double barHeight = 12;
constexpr double legendText = 14; // after the dot

QString entryOf(const StackedBar::Part& part)
{
    return QStringLiteral("%1 %2").arg(part.name, part.text);
}
}

StackedBar::StackedBar(const QString& name, const QString& help, QWidget* parent) : QWidget(parent), m_help(help)
{
    setAccessibleName(name);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Maximum); // the hint is for a narrow one
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void StackedBar::show(const QList<Part>& parts, double whole, const QString& caption)
{
    m_parts = parts;
    m_whole = whole;
    m_caption = caption;
    QStringList lines;
    for (const Part& part : parts)
        lines << entryOf(part);
    setAccessibleDescription(caption + QStringLiteral(": ") + lines.join(QStringLiteral(", ")));
    setToolTip((lines << m_help).join(QLatin1Char('\n')));
    updateGeometry();
    update();
}

QList<QPointF> StackedBar::legendPlaces(double width) const
{
    const QFontMetricsF metrics(typeFont(Type::Caption));
    QList<QPointF> places;
    QPointF at(0, metrics.height() + 4 + barHeight + 6);
    for (const Part& part : m_parts) {
        const double needed = legendText + metrics.horizontalAdvance(entryOf(part));
        if (at.x() > 0 && at.x() + needed > width)
            at = {0, at.y() + metrics.height() + 2};
        places.append(at);
        at.rx() += needed + space::m;
    }
    return places;
}

int StackedBar::heightForWidth(int width) const
{
    const QFontMetricsF metrics(typeFont(Type::Caption));
    const QList<QPointF> places = legendPlaces(width);
    return static_cast<int>(places.isEmpty() ? metrics.height() + 4 + barHeight : places.back().y() + metrics.height())
        + 4;
}

void StackedBar::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont caption = typeFont(Type::Caption);
    const QFontMetricsF metrics(caption);
    painter.setFont(caption);
    painter.setPen(theme.secondary);
    painter.drawText(
        QRectF(0, 0, width(), metrics.height()), Qt::AlignLeft, metrics.elidedText(m_caption, Qt::ElideRight, width()));
    double total = 0;
    for (const Part& part : m_parts)
        total += part.amount;
    const QRectF bar(0, metrics.height() + 4, width(), barHeight);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.sunken);
    painter.drawRoundedRect(bar, 4, 4);
    // A tiny model would be a hair in the machine's memory: the parts are then drawn against their own sum.
    const bool over = m_whole > 0 && total > m_whole;
    const double scale = m_whole > 0 && (over || total > 0.25 * m_whole) ? std::max(total, m_whole) : total;
    const QList<QPointF> legend = legendPlaces(width());
    double x = 0;
    for (qsizetype k = 0; k < m_parts.size(); ++k) {
        const double wide = scale > 0 ? m_parts[k].amount / scale * bar.width() : 0;
        painter.setPen(Qt::NoPen);
        painter.setBrush(over ? mix(theme.bad, theme.surface, 0.12 * static_cast<double>(k))
                              : theme.series[static_cast<std::size_t>(m_parts[k].colour) % theme.series.size()]);
        if (wide >= 0.5)
            painter.drawRect(QRectF(x, bar.top(), std::max(1.0, wide - 1), bar.height()));
        painter.drawEllipse(legend[k] + QPointF(4, metrics.height() / 2), 4, 4);
        painter.setPen(theme.secondary);
        painter.drawText(legend[k] + QPointF(legendText, metrics.ascent()), entryOf(m_parts[k]));
        x += wide;
    }
}

} // namespace ahascope::ui
