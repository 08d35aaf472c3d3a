#include "ui/charts/plot_header.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QStringList>

#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
std::optional<double> valueAt(const Curve& curve, std::optional<double> step)
{
    const QList<QPointF>& points = curve.points;
    if (points.isEmpty())
        return std::nullopt;
    if (!step)
        return points.back().y();
    const auto point = nearestPoint(points, *step);
    return point ? std::optional(point->y()) : std::nullopt;
}

bool single(const PlotData& data)
{
    return data.curves.size() == 1;
}
}

double PlotHeader::height(const PlotData& data) const
{
    const QFontMetricsF heading(typeFont(large ? Type::Title : Type::Strong));
    const QFontMetricsF legend(typeFont(Type::Caption));
    return heading.height() + (single(data) ? 4 : legend.height() + 6);
}

void PlotHeader::paint(
    QPainter& painter, const QRectF& rect, const PlotData& data, std::optional<double> step, const Theme& theme) const
{
    const QFont titleFont = typeFont(large ? Type::Title : Type::Strong);
    const QFontMetricsF metrics(titleFont);
    painter.setFont(titleFont);
    painter.setPen(theme.text);
    const QRectF row(rect.left(), rect.top(), rect.width(), metrics.height());
    double right = row.right();
    if (single(data) && !data.curves.front().points.isEmpty()) {
        const Curve& curve = data.curves.front();
        const QString value = formatNumber(valueAt(curve, step), data.format);
        painter.setPen(theme.series[static_cast<std::size_t>(curve.colour) % theme.series.size()]);
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, value);
        right -= metrics.horizontalAdvance(value) + 8;
    }
    if (step) {
        const QFont caption = typeFont(Type::Caption);
        const QString at = QStringLiteral("step %1").arg(static_cast<qlonglong>(*step));
        painter.setFont(caption);
        painter.setPen(theme.secondary);
        painter.drawText(
            QRectF(row.left(), row.top(), right - row.left(), row.height()), Qt::AlignRight | Qt::AlignVCenter, at);
        right -= QFontMetricsF(caption).horizontalAdvance(at) + 8;
    }
    painter.setFont(titleFont);
    painter.setPen(theme.text);
    painter.drawText(QRectF(row.left(), row.top(), right - row.left(), row.height()), Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(title, Qt::ElideRight, right - row.left()));
    if (single(data))
        return;

    const QFont caption = typeFont(Type::Caption);
    QFont figures = caption;
    figures.setWeight(QFont::DemiBold);
    const QFontMetricsF words(caption);
    const QFontMetricsF numbers(figures);
    double x = rect.left();
    const double top = row.bottom() + 3;
    for (const Curve& curve : data.curves) {
        const QString value = formatNumber(valueAt(curve, step), data.format);
        const double needed = 22 + words.horizontalAdvance(curve.name) + 5 + numbers.horizontalAdvance(value) + 14;
        if (x + needed - 14 > rect.right() && x > rect.left())
            break;
        const QColor colour = theme.series[static_cast<std::size_t>(curve.colour) % theme.series.size()];
        QPen sample(colour, data.stacked ? 8 : 2.5, curve.dash, Qt::FlatCap);
        if (curve.dash != Qt::SolidLine) // a whole number of dashes
            sample.setDashPattern(curve.dash == Qt::DotLine ? QList<qreal>{0.9, 0.98} : QList<qreal>{2.4, 1.6});
        painter.setPen(sample);
        const double middle = top + words.height() / 2;
        painter.drawLine(QPointF(x, middle), QPointF(x + 16, middle));
        x += 22;
        painter.setFont(caption);
        painter.setPen(theme.secondary);
        painter.drawText(QPointF(x, top + words.ascent()), curve.name);
        x += words.horizontalAdvance(curve.name) + 5;
        painter.setFont(figures);
        painter.setPen(theme.text);
        painter.drawText(QPointF(x, top + words.ascent()), value);
        x += numbers.horizontalAdvance(value) + 14;
    }
}

QString describe(const PlotData& data, std::optional<double> step)
{
    QStringList parts;
    for (const Curve& curve : data.curves)
        parts << QStringLiteral("%1 %2").arg(curve.name, formatNumber(valueAt(curve, step), data.format));
    const QString values = parts.isEmpty() ? QStringLiteral("no values yet") : parts.join(QStringLiteral(", "));
    return step ? QStringLiteral("step %1: %2").arg(static_cast<qlonglong>(*step)).arg(values) : values;
}

} // namespace ahascope::ui
