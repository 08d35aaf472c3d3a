#include "ui/charts/decimate.h"

#include <algorithm>
#include <cmath>

namespace ahascope::ui {

namespace {
void addColumn(QList<QPointF>& result, const QPointF* least, const QPointF* greatest)
{
    if (least == nullptr)
        return;
    if (least == greatest) {
        result.append(*least);
        return;
    }
    result.append(least < greatest ? *least : *greatest);
    result.append(least < greatest ? *greatest : *least);
}
}

QList<QPointF> decimate(const QList<QPointF>& points, double from, double to, int columns)
{
    QList<QPointF> result;
    if (points.isEmpty() || columns < 1 || !(to > from))
        return result;
    const auto before = [](const QPointF& p, double x) { return p.x() < x; };
    auto first = std::lower_bound(points.begin(), points.end(), from, before);
    auto last = std::upper_bound(first, points.end(), to, [](double x, const QPointF& p) { return x < p.x(); });
    if (first != points.begin())
        --first;
    if (last != points.end())
        ++last;
    const double width = (to - from) / columns;
    const QPointF* least = nullptr;
    const QPointF* greatest = nullptr;
    double column = -2;
    for (auto p = first; p != last; ++p) {
        if (!std::isfinite(p->x()) || !std::isfinite(p->y()))
            continue;
        const double here = std::floor((p->x() - from) / width);
        if (here != column) {
            addColumn(result, least, greatest);
            column = here;
            least = greatest = &*p;
            continue;
        }
        if (p->y() < least->y())
            least = &*p;
        if (p->y() >= greatest->y())
            greatest = &*p;
    }
    addColumn(result, least, greatest);
    return result;
}

} // namespace ahascope::ui
