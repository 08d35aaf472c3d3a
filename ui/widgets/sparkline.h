// A curve the size of a word.
#pragma once

#include <QList>
#include <QRectF>

class QPainter;

namespace ahascope::ui {

struct Theme;

// Values in order, NaN where there is none; scaled to their own range.
void paintSparkline(QPainter& painter, const QRectF& rect, const QList<double>& values, const Theme& theme);

} // namespace ahascope::ui
