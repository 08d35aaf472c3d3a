// The lines, bands and areas of a plot, as QtCharts series that are kept and refilled.
#pragma once

#include <memory>

#include <QSizeF>

#include "ui/charts/plot_data.h"

class QPainter;

namespace ahascope::ui {

struct PlotMap;
struct Theme;

class PlotLines {
public:
    PlotLines();
    ~PlotLines();
    PlotLines(const PlotLines&) = delete;
    PlotLines& operator=(const PlotLines&) = delete;

    void show(const PlotData& data, const PlotMap& map, const QSizeF& size, const Theme& theme);
    void render(QPainter& painter, const QSizeF& size);

private:
    struct Chart;
    std::unique_ptr<Chart> m_chart;
};

} // namespace ahascope::ui
