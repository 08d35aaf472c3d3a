#include "ui/charts/plot_scene.h"

#include <cmath>

#include <QFontMetricsF>
#include <QPainter>

#include "ui/charts/plot_lines.h"
#include "ui/charts/ticks.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {

double PlotMap::toX(double step) const
{
    return area.left() + (step - x.from) / x.span() * area.width();
}

double PlotMap::toY(double value) const
{
    const double shown = logY ? std::log10(value) : value;
    return area.bottom() - (shown - y.from) / y.span() * area.height();
}

double PlotMap::stepAt(double pixel) const
{
    return x.from + (pixel - area.left()) / area.width() * x.span();
}

PlotScene::PlotScene() : m_lines(std::make_unique<PlotLines>()) { }
PlotScene::~PlotScene() = default;

namespace {
QList<Tick> yTicks(const PlotMap& map, NumberFormat format, double lineHeight)
{
    const int most = std::max(2, static_cast<int>(map.area.height() / (lineHeight * 1.8)));
    if (map.logY)
        return logTicks({std::pow(10.0, map.y.from), std::pow(10.0, map.y.to)}, most, format);
    return linearTicks(map.y, most, format);
}

QList<Tick> xTicks(const PlotMap& map, const QFontMetricsF& metrics)
{
    const double wide = metrics.horizontalAdvance(QStringLiteral("00000")) + 24;
    return linearTicks(map.x, std::max(2, static_cast<int>(map.area.width() / wide)), NumberFormat::Plain, true);
}

Range logged(const Range& range)
{
    return {std::log10(range.from), std::log10(range.to)};
}
}

QPixmap PlotScene::draw(const PlotData& data, const std::optional<Range>& zoom, const QSizeF& size, double ratio,
    const Theme& theme, const QFont& font)
{
    QPixmap pixmap((size * ratio).toSize());
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(theme.surface);
    m_map.reset();
    const std::optional<Range> x = zoom ? zoom : xRange(data);
    const std::optional<Range> y = x ? yRange(data, *x) : std::nullopt;
    if (!y || size.width() < 60 || size.height() < 40)
        return pixmap;

    const QFontMetricsF metrics(font);
    PlotMap map;
    map.x = *x;
    map.logY = data.logY;
    map.y = data.logY ? logged(*y) : *y;
    map.area = QRectF(0, 6, size.width(), size.height() - 6 - metrics.height() - 6);
    double labels = 0;
    for (const Tick& tick : yTicks(map, data.format, metrics.height()))
        labels = std::max(labels, metrics.horizontalAdvance(tick.label));
    map.area.setLeft(labels + 8);
    map.area.setRight(size.width() - 10);
    m_map = map;

    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    drawAxes(painter, data, theme, font);
    m_lines->show(data, map, size, theme);
    m_lines->render(painter, size);
    drawBaseline(painter, data, theme, font);
    return pixmap;
}

void PlotScene::drawAxes(QPainter& painter, const PlotData& data, const Theme& theme, const QFont& font) const
{
    const PlotMap& map = *m_map;
    const QFontMetricsF metrics(font);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setFont(font);
    for (const Tick& tick : yTicks(map, data.format, metrics.height())) {
        const double y = std::round(map.toY(tick.value));
        painter.setPen(theme.grid);
        painter.drawLine(QPointF(map.area.left(), y), QPointF(map.area.right(), y));
        painter.setPen(theme.muted);
        painter.drawText(QRectF(0, y - metrics.height() / 2, map.area.left() - 8, metrics.height()),
            Qt::AlignRight | Qt::AlignVCenter, tick.label);
    }
    for (const Marker& marker : data.markers) {
        if (!map.x.contains(marker.x))
            continue;
        const double x = std::round(map.toX(marker.x));
        painter.setPen(QPen(theme.border, 1, Qt::DotLine));
        painter.drawLine(QPointF(x, map.area.top()), QPointF(x, map.area.bottom()));
    }
    for (const Tick& tick : xTicks(map, metrics)) {
        const double x = map.toX(tick.value);
        const double wide = metrics.horizontalAdvance(tick.label);
        const double left = std::clamp(x - wide / 2, 0.0, map.area.right() + 10 - wide);
        painter.setPen(theme.muted);
        painter.drawText(QRectF(left, map.area.bottom() + 4, wide + 1, metrics.height()), Qt::AlignLeft, tick.label);
    }
    painter.restore();
}

void PlotScene::drawBaseline(QPainter& painter, const PlotData& data, const Theme& theme, const QFont& font) const
{
    const PlotMap& map = *m_map;
    if (!data.baseline || (data.logY && *data.baseline <= 0))
        return;
    const double y = std::round(map.toY(*data.baseline)) + 0.5;
    painter.save();
    QPen pen(theme.muted, 1, Qt::CustomDashLine);
    pen.setDashPattern({3, 4});
    painter.setPen(pen);
    painter.drawLine(QPointF(map.area.left(), y), QPointF(map.area.right(), y));
    if (map.area.width() < 320) { // small multiples: the line says enough
        painter.restore();
        return;
    }
    const QString label = QStringLiteral("base model %1").arg(formatNumber(*data.baseline, data.format));
    const QFontMetricsF metrics(font);
    const bool above = y - metrics.height() > map.area.top();
    painter.setFont(font);
    painter.setPen(theme.muted);
    painter.drawText(
        QRectF(map.area.left(), above ? y - metrics.height() - 1 : y + 1, map.area.width() - 2, metrics.height()),
        Qt::AlignRight, label);
    painter.restore();
}

} // namespace ahascope::ui
