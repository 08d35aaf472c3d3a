#include "ui/charts/ticks.h"

#include <algorithm>
#include <cmath>

namespace ahascope::ui {

namespace {
double roundStep(double span, int most, bool whole)
{
    const double rough = span / std::max(1, most);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
        const double step = factor * power;
        if (step >= rough * (1 - 1e-9) && (!whole || (step >= 1 && std::floor(step) == step)))
            return step;
    }
    return whole ? std::max(1.0, 10 * power) : 10 * power;
}
}

QList<Tick> linearTicks(const Range& range, int most, NumberFormat format, bool whole)
{
    QList<Tick> ticks;
    if (!(range.span() > 0) || most < 1)
        return ticks;
    const double step = roundStep(range.span(), most, whole);
    const double first = std::ceil(range.from / step - 1e-9);
    for (double k = first; k * step <= range.to + step * 1e-9; ++k) {
        const double value = k == 0 ? 0.0 : k * step;
        ticks.append({value, formatNumber(value, format)});
    }
    return ticks;
}

QList<Tick> logTicks(const Range& range, int most, NumberFormat format)
{
    QList<Tick> ticks;
    if (!(range.from > 0) || !(range.to > range.from))
        return ticks;
    const int low = static_cast<int>(std::floor(std::log10(range.from)));
    const int high = static_cast<int>(std::ceil(std::log10(range.to)));
    const int decades = std::max(1, high - low);
    const int every = std::max(1, decades / std::max(1, most));
    const bool between = decades * 3 <= most + 3;
    for (int e = low; e <= high; e += every)
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double value = factor * std::pow(10.0, e);
            if ((factor == 1.0 || between) && range.contains(value))
                ticks.append({value, formatNumber(value, format)});
        }
    if (ticks.size() < 2)
        return linearTicks(range, most, format);
    return ticks;
}

} // namespace ahascope::ui
