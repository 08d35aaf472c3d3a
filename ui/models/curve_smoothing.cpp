#include "ui/models/curve_smoothing.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <QSettings>

#include "core/analysis/smoothing.h"

namespace ahascope::ui {

QList<QPointF> smoothedCurve(const QList<QPointF>& points, double weight)
{
    if (weight <= 0)
        return points;
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(points.size()));
    for (const QPointF& p : points)
        values.push_back(p.y());
    values = analysis::smoothed(values, weight);
    QList<QPointF> result;
    result.reserve(points.size());
    for (qsizetype k = 0; k < points.size(); ++k)
        result.append({points[k].x(), values[static_cast<std::size_t>(k)]});
    return result;
}

double weightOfSlider(int position)
{
    return position <= 0 ? 0.0 : 1.0 - std::pow(10.0, -position / 50.0);
}

int sliderOfWeight(double weight)
{
    return weight <= 0 ? 0 : static_cast<int>(std::lround(-50.0 * std::log10(1.0 - std::min(weight, 0.99))));
}

int storedSmoothing()
{
    return std::clamp(QSettings().value(QStringLiteral("charts/smoothing"), 40).toInt(), 0, 100);
}

} // namespace ahascope::ui
