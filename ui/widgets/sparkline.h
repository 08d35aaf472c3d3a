// A curve the size of a word.
#pragma once

#include <QList>
#include <QRectF>

class QPainter;

namespace ahascope::ui {

struct Theme;

// Shares in order, NaN where there is none; from 0 to 1, so that the curves of two runs can be compared.
void paintSparkline(QPainter& painter, const QRectF& rect, const QList<double>& values, const Theme& theme);

} // namespace ahascope::ui
