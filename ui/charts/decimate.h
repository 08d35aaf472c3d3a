// Fewer points that look the same.
#pragma once

#include <QList>
#include <QPointF>

namespace ahascope::ui {

// The least and the greatest y of each of `columns` equal parts of [from, to], in the order they came, with the points
// next to the range on both sides: at most 2 * columns + 4 points. Points are ordered by x; not-finite ones are
// dropped.
QList<QPointF> decimate(const QList<QPointF>& points, double from, double to, int columns);

} // namespace ahascope::ui
