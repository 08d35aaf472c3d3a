#include "ui/charts/plot_data.h"

#include <algorithm>
#include <cmath>

namespace ahascope::ui {

namespace {
QString trimmed(double value, int decimals)
{
    QString text = QString::number(value, 'f', decimals);
    if (text.contains(QLatin1Char('.'))) {
        while (text.endsWith(QLatin1Char('0')))
            text.chop(1);
        if (text.endsWith(QLatin1Char('.')))
            text.chop(1);
    }
    return text == QLatin1String("-0") ? QStringLiteral("0") : text;
}

// 7.9e-4, without the padding of the C library.
QString small(double value)
{
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
    return trimmed(value / std::pow(10.0, exponent), 1) + QLatin1Char('e') + QString::number(exponent);
}

QString plain(double value)
{
    const double size = std::abs(value);
    if (size >= 1e9)
        return trimmed(value / 1e9, 2) + QLatin1Char('G');
    if (size >= 1e6)
        return trimmed(value / 1e6, 2) + QLatin1Char('M');
    if (size >= 1e4)
        return trimmed(value / 1e3, 1) + QLatin1Char('k');
    if (size >= 100)
        return trimmed(value, 0);
    if (size >= 10)
        return trimmed(value, 1);
    if (size >= 0.01 || size == 0)
        return trimmed(value, size >= 1 ? 2 : 3);
    return small(value);
}

QString seconds(double value)
{
    if (std::abs(value) < 1)
        return trimmed(value * 1000, std::abs(value) < 0.01 ? 1 : 0) + QStringLiteral(" ms");
    if (std::abs(value) < 120)
        return trimmed(value, std::abs(value) < 10 ? 2 : 0) + QStringLiteral(" s");
    if (std::abs(value) < 7200)
        return trimmed(value / 60, 1) + QStringLiteral(" min");
    return trimmed(value / 3600, 1) + QStringLiteral(" h");
}

void widen(std::optional<Range>& range, double value)
{
    if (!std::isfinite(value))
        return;
    if (!range)
        range = Range{value, value};
    range->from = std::min(range->from, value);
    range->to = std::max(range->to, value);
}

// A spike in the raw values must not press the smoothed curve flat: their 2nd to 98th percentile counts.
void widenByMost(std::optional<Range>& range, const QList<QPointF>& points, const Range& x, bool positive)
{
    QList<double> values;
    for (const QPointF& p : points)
        if (x.contains(p.x()) && std::isfinite(p.y()) && (!positive || p.y() > 0))
            values.append(p.y());
    if (values.isEmpty())
        return;
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    widen(range, values[static_cast<qsizetype>(last * 0.02)]);
    widen(range, values[static_cast<qsizetype>(std::ceil(last * 0.98))]);
}
}

QString noValue()
{
    return QStringLiteral("—");
}

QString formatNumber(double value, NumberFormat format)
{
    if (!std::isfinite(value))
        return noValue();
    switch (format) {
    case NumberFormat::Percent:
        return trimmed(value * 100, std::abs(value) < 0.995 ? 1 : 0) + QStringLiteral(" %");
    case NumberFormat::Seconds:
        return seconds(value);
    case NumberFormat::Scientific:
        if (value == 0)
            return QStringLiteral("0");
        return std::abs(value) < 0.01 ? small(value) : plain(value);
    case NumberFormat::Plain:
        break;
    }
    return plain(value);
}

QString formatNumber(const std::optional<double>& value, NumberFormat format)
{
    return value ? formatNumber(*value, format) : noValue();
}

std::optional<QPointF> nearestPoint(const QList<QPointF>& points, double x)
{
    if (points.isEmpty())
        return std::nullopt;
    const auto after = std::lower_bound(
        points.begin(), points.end(), x, [](const QPointF& p, double value) { return p.x() < value; });
    auto best = after == points.end() ? after - 1 : after;
    if (after != points.begin() && std::abs((after - 1)->x() - x) <= std::abs(best->x() - x))
        best = after - 1;
    double reach = 0.5;
    if (best != points.begin())
        reach = std::max(reach, (best->x() - (best - 1)->x()) / 2);
    if (best + 1 != points.end())
        reach = std::max(reach, ((best + 1)->x() - best->x()) / 2);
    if (std::abs(best->x() - x) > reach)
        return std::nullopt;
    return *best;
}

std::optional<Range> xRange(const PlotData& data)
{
    std::optional<Range> range = data.steps;
    for (const Curve& curve : data.curves)
        for (const QList<QPointF>* points : {&curve.points, &curve.raw})
            if (!points->isEmpty()) {
                widen(range, points->front().x());
                widen(range, points->back().x());
            }
    if (range && range->from == range->to)
        range->to = range->from + 1;
    return range;
}

std::optional<Range> yRange(const PlotData& data, const Range& x)
{
    std::optional<Range> range;
    const auto add = [&](const QList<QPointF>& points) {
        for (const QPointF& p : points)
            if (x.contains(p.x()) && (!data.logY || p.y() > 0))
                widen(range, p.y());
    };
    for (const Curve& curve : data.stacked ? stack(data.curves) : data.curves) {
        add(curve.points);
        add(curve.low);
        add(curve.high);
        widenByMost(range, curve.raw, x, data.logY);
    }
    if (!range)
        return std::nullopt;
    if (data.baseline && (!data.logY || *data.baseline > 0))
        widen(range, *data.baseline);
    if (data.logY) {
        if (range->to / range->from < 1.5)
            range = Range{range->from / 1.5, range->to * 1.5};
        return range;
    }
    if (data.fromZero || data.stacked) {
        widen(range, 0.0);
    } else {
        const double pad = 0.06 * range->span();
        range = Range{range->from - pad, range->to + pad};
    }
    if (range->span() <= 0)
        range = Range{range->from - (range->from == 0 ? 0 : std::abs(range->from) * 0.1),
            range->to + std::max(std::abs(range->to) * 0.1, 1e-6)};
    if (data.format == NumberFormat::Percent && range->to <= 1.0)
        range->to = std::min(1.0, range->to + 0.06 * range->span());
    else
        range->to += 0.06 * range->span();
    return range;
}

QList<Curve> stack(const QList<Curve>& curves)
{
    QList<Curve> result;
    QList<QPointF> below;
    for (const Curve& curve : curves) {
        if (curve.points.isEmpty())
            continue;
        Curve raised = curve;
        raised.raw.clear();
        if (!below.isEmpty()) {
            qsizetype at = 0;
            for (QPointF& p : raised.points) {
                while (at + 1 < below.size() && below[at].x() < p.x())
                    ++at;
                if (below[at].x() == p.x())
                    p.setY(p.y() + below[at].y());
                else
                    p.setY(p.y() + (at > 0 ? below[at - 1].y() : below[at].y()));
            }
        }
        below = raised.points;
        result.append(raised);
    }
    return result;
}

} // namespace ahascope::ui
