// Draws PlotData with QtCharts into a pixmap. The chart lives in a scene that no view shows, so that moving a
// cross-hair costs a copy of the pixmap and not a new drawing of every line.
#pragma once

#include <memory>
#include <optional>

#include <QFont>
#include <QPixmap>
#include <QRectF>

#include "ui/charts/plot_data.h"

class QPainter;

namespace ahascope::ui {

class PlotLines;
struct Theme;

// Where values lie on the picture.
struct PlotMap {
    QRectF area; // of the plot, in logical pixels
    Range x;
    Range y; // already log10 when logY
    bool logY = false;

    double toX(double step) const;
    double toY(double value) const;
    double stepAt(double pixel) const;
};

class PlotScene {
public:
    PlotScene();
    ~PlotScene();
    PlotScene(const PlotScene&) = delete;
    PlotScene& operator=(const PlotScene&) = delete;

    // `zoom` limits x; without it every point is shown.
    QPixmap draw(const PlotData& data, const std::optional<Range>& zoom, const QSizeF& size, double ratio,
        const Theme& theme, const QFont& font);

    // Of the last drawing; empty when there was nothing to draw.
    const std::optional<PlotMap>& map() const { return m_map; }

private:
    void drawAxes(QPainter& painter, const PlotData& data, const Theme& theme, const QFont& font) const;
    void drawBaseline(QPainter& painter, const PlotData& data, const Theme& theme, const QFont& font) const;

    std::unique_ptr<PlotLines> m_lines;
    std::optional<PlotMap> m_map;
};

} // namespace ahascope::ui
