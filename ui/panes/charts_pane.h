// Train: the curves of the current run.
#pragma once

#include <vector>

#include <QWidget>

#include "ui/charts/chart_scheduler.h"
#include "ui/models/chart_catalogue.h"

class QLabel;
class QScrollArea;
class QSlider;
class QStackedWidget;

namespace ahascope::ui {

class ChartGrid;
class EmptyState;
class PlotWidget;
struct Workbench;

class ChartsPane : public QWidget {
    Q_OBJECT
public:
    explicit ChartsPane(Workbench& workbench, QWidget* parent = nullptr);

    // Null when there is none of that id.
    PlotWidget* chart(const QString& id) const;
    ChartScheduler& scheduler() { return m_scheduler; }
    double smoothing() const;
    void setSmoothing(double weight); // 0 to below 1

Q_SIGNALS:
    void stepClicked(qint64 step, bool heldOut);
    void launchRequested();

private:
    struct Shown {
        ChartSpec spec;
        PlotWidget* plot = nullptr;
    };
    QWidget* makeBar();
    void rebuild();
    void refresh(ChartScheduler::Reason reason);
    PlotData dataOf(const ChartSpec& spec) const;
    PlotWidget* makePlot(const ChartSpec& spec);
    void exportChart(PlotWidget* plot, bool asPicture);
    void exportAll();

    Workbench& m_workbench;
    ChartScheduler m_scheduler;
    std::vector<Shown> m_charts;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    QScrollArea* m_scroll = nullptr;
    ChartGrid* m_grid;
    QSlider* m_smoothing = nullptr;
    QLabel* m_smoothingText = nullptr;
    std::size_t m_known = 0;           // metrics that had values at the last look
    std::vector<std::string> m_curves; // metrics of all charts: when they change, charts are made anew
};

} // namespace ahascope::ui
