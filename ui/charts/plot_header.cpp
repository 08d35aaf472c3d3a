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

constexpr double legendLine = 22; // the sample of a curve's line, and the space after it
constexpr double afterName = 5;
constexpr double betweenEntries = 14;

QFont figureFont()
{
    QFont font = typeFont(Type::Caption);
    font.setWeight(QFont::DemiBold);
    return font;
}

// Relative to the legend's corner. Places depend on the last values alone, so that nothing moves under a cross-hair.
QList<QPointF> legendPlaces(const PlotData& data, double width)
{
    const QFontMetricsF words(typeFont(Type::Caption));
    const QFontMetricsF numbers(figureFont());
    QList<QPointF> places;
    QPointF at;
    for (const Curve& curve : data.curves) {
        const double needed = legendLine + words.horizontalAdvance(curve.name) + afterName
            + numbers.horizontalAdvance(formatNumber(valueAt(curve, std::nullopt), data.format));
        if (at.x() > 0 && at.x() + needed > width)
            at = {0, at.y() + words.height() + 1};
        places.append(at);
        at.rx() += needed + betweenEntries;
    }
    return places;
}
}

double PlotHeader::height(const PlotData& data, double width) const
{
    const QFontMetricsF heading(typeFont(large ? Type::Title : Type::Strong));
    if (single(data))
        return heading.height() + 4;
    const QList<QPointF> places = legendPlaces(data, width);
    return heading.height() + (places.isEmpty() ? 0 : places.back().y())
        + QFontMetricsF(typeFont(Type::Caption)).height() + 6;
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
    const QFontMetricsF words(caption);
    const QList<QPointF> places = legendPlaces(data, rect.width());
    for (qsizetype k = 0; k < places.size(); ++k) {
        const Curve& curve = data.curves[k];
        const QPointF at = QPointF(rect.left(), row.bottom() + 3) + places[k];
        const QColor colour = theme.series[static_cast<std::size_t>(curve.colour) % theme.series.size()];
        QPen sample(colour, data.stacked ? 8 : 2.5, curve.dash, Qt::FlatCap);
        if (curve.dash != Qt::SolidLine) // a whole number of dashes
            sample.setDashPattern(curve.dash == Qt::DotLine ? QList<qreal>{0.9, 0.98} : QList<qreal>{2.4, 1.6});
        painter.setPen(sample);
        const QPointF middle = at + QPointF(0, words.height() / 2);
        painter.drawLine(middle, middle + QPointF(16, 0));
        const QPointF text = at + QPointF(legendLine, words.ascent());
        painter.setFont(caption);
        painter.setPen(theme.secondary);
        painter.drawText(text, curve.name);
        painter.setFont(figureFont());
        painter.setPen(theme.text);
        painter.drawText(text + QPointF(words.horizontalAdvance(curve.name) + afterName, 0),
            formatNumber(valueAt(curve, step), data.format));
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
