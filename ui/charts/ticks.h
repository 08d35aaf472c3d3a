// Round numbers along an axis.
#pragma once

#include <QList>
#include <QString>

#include "ui/charts/plot_data.h"

namespace ahascope::ui {

struct Tick {
    double value = 0;
    QString label;
};

// At most `most` ticks at multiples of 1, 2, 2.5 or 5 times a power of ten, inside the range. With whole = true no step
// is below 1 (steps of training).
QList<Tick> linearTicks(const Range& range, int most, NumberFormat format, bool whole = false);

// For a logarithmic axis (range above 0): powers of ten, with 2 and 5 between where there is room.
QList<Tick> logTicks(const Range& range, int most, NumberFormat format);

} // namespace ahascope::ui
