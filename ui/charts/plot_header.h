// The line above a plot: its title, and each curve's value at the cross-hair or at the end.
#pragma once

#include <optional>

#include <QRectF>
#include <QString>

#include "ui/charts/plot_data.h"

class QPainter;

namespace ahascope::ui {

struct Theme;

struct PlotHeader {
    QString title;
    bool large = false;

    // Of the title and as many rows of the legend as every curve needs in `width`.
    double height(const PlotData& data, double width) const;
    void paint(QPainter& painter, const QRectF& rect, const PlotData& data, std::optional<double> step,
        const Theme& theme) const;
};

// "step 120: accuracy 82.1 %, majority of 8 90.2 %", or the last values: what a screen reader says of the chart.
QString describe(const PlotData& data, std::optional<double> step);

} // namespace ahascope::ui
