// One chart of the window.
#pragma once

#include <functional>
#include <optional>

#include <QPixmap>
#include <QWidget>

#include "ui/charts/chart_scheduler.h"
#include "ui/charts/plot_data.h"
#include "ui/charts/plot_header.h"
#include "ui/charts/plot_scene.h"

namespace ahascope::ui {

// Mouse: move for values, click for the samples of a step, drag for a range of steps, double click for all steps.
// Keys: left and right move the cross-hair, Return is a click, Escape ends it, L toggles the logarithmic axis.
class PlotWidget : public QWidget {
    Q_OBJECT
public:
    PlotWidget(const QString& title, const QString& help, ChartScheduler& scheduler, QWidget* parent = nullptr);

    const QString& title() const { return m_header.title; }
    const PlotData& data() const { return m_data; }
    void setData(PlotData data, ChartScheduler::Reason reason = ChartScheduler::Reason::Data);
    // Where data come from when they are needed: so that a chart nobody sees costs nothing, and each chart's share of
    // the work is done in its own turn. invalidate() says that there are new ones.
    void setSource(std::function<PlotData()> source);
    void invalidate(ChartScheduler::Reason reason);
    void fetch(); // takes the newest data now; for exports
    void setLarge(bool large);
    void setLogY(bool on);
    bool logY() const { return m_logY; }
    void setZoom(const std::optional<Range>& zoom);
    void setCrosshair(std::optional<double> step);
    void setEmptyText(const QString& text);

    // Draws the lines again. Called by the scheduler; and at once by who needs the picture now.
    void drawPixmap();
    // The chart as it is, at `scale` times its size, for a file.
    QImage picture(double scale);

    QSize sizeHint() const override;

Q_SIGNALS:
    void stepHovered(std::optional<double> step);
    void stepClicked(qint64 step);
    void zoomChosen(std::optional<ahascope::ui::Range> zoom);
    void exportRequested(ahascope::ui::PlotWidget* plot, bool asPicture);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    QRectF plotRect() const; // below the header
    void paintCrosshair(QPainter& painter, const Theme& theme) const;
    std::optional<double> nearestStep(double pixel) const;
    void moveCrosshair(int direction);

    ChartScheduler& m_scheduler;
    PlotHeader m_header;
    PlotData m_data;
    std::function<PlotData()> m_source;
    bool m_fetched = true;
    PlotScene m_scene;
    QPixmap m_pixmap;
    QString m_empty;
    std::optional<Range> m_zoom;
    std::optional<double> m_crosshair;
    std::optional<double> m_dragFrom; // pixel
    double m_dragTo = 0;
    bool m_logY = false;
    bool m_stale = true;
};

} // namespace ahascope::ui
