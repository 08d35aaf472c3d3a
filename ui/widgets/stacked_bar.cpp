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

StackedBar::StackedBar(const QString& name, QWidget* parent) : QWidget(parent)
{
    setAccessibleName(name);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void StackedBar::show(const QList<Part>& parts, double whole, const QString& caption)
{
    m_parts = parts;
    m_whole = whole;
    m_caption = caption;
    QStringList lines;
    for (const Part& part : parts)
        lines << QStringLiteral("%1 %2").arg(part.name, part.text);
    setAccessibleDescription(caption + QStringLiteral(": ") + lines.join(QStringLiteral(", ")));
    setToolTip(lines.join(QLatin1Char('\n')));
    updateGeometry();
    update();
}

QSize StackedBar::sizeHint() const
{
    const QFontMetrics metrics(typeFont(Type::Caption));
    return {240, 14 + space::s + 2 * (metrics.height() + 4)};
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
    const QRectF bar(0, metrics.height() + 4, width(), 12);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.sunken);
    painter.drawRoundedRect(bar, 4, 4);
    // A tiny model would be a hair in the machine's memory: the parts are then drawn against their own sum.
    const bool over = m_whole > 0 && total > m_whole;
    const double scale = m_whole > 0 && (over || total > 0.25 * m_whole) ? std::max(total, m_whole) : total;
    double x = 0;
    double legend = 0;
    for (qsizetype k = 0; k < m_parts.size(); ++k) {
        const double wide = scale > 0 ? m_parts[k].amount / scale * bar.width() : 0;
        painter.setPen(Qt::NoPen);
        painter.setBrush(over ? mix(theme.bad, theme.surface, 0.12 * static_cast<double>(k))
                              : theme.series[static_cast<std::size_t>(k) % theme.series.size()]);
        if (wide >= 0.5)
            painter.drawRect(QRectF(x, bar.top(), std::max(1.0, wide - 1), bar.height()));
        const QString text = QStringLiteral("%1 %2").arg(m_parts[k].name, m_parts[k].text);
        const double needed = 14 + metrics.horizontalAdvance(text) + space::m;
        if (legend + needed - space::m <= width()) {
            painter.drawEllipse(QPointF(legend + 4, bar.bottom() + 6 + metrics.height() / 2), 4, 4);
            painter.setPen(theme.secondary);
            painter.drawText(QRectF(legend + 14, bar.bottom() + 6, needed, metrics.height()), Qt::AlignLeft, text);
            legend += needed;
        }
        x += wide;
    }
}

} // namespace ahascope::ui
