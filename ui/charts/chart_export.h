// A chart's values for other programs.
#pragma once

#include <QByteArray>

#include "ui/charts/plot_data.h"

namespace ahascope::ui {

// One row per step, one column per curve (smoothed curves have two, bands two more); an empty field where there is no
// value. Numbers in full precision, with a point whatever the locale.
QByteArray toCsv(const PlotData& data);

} // namespace ahascope::ui
