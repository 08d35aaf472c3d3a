// Compare: two runs over each other: curves, changed settings, and the held-out problems that each solved.
#pragma once

#include <vector>

#include <QWidget>

#include "ui/charts/chart_scheduler.h"
#include "ui/charts/plot_data.h"
#include "ui/models/current_run.h"
#include "ui/models/paired_problems.h"

class QComboBox;
class QLabel;
class QStackedWidget;

namespace ahascope::ui {

class ChartGrid;
class DataTable;
class DiffModel;
class PairedView;
class PlotWidget;
struct Workbench;

class ComparePane : public QWidget {
    Q_OBJECT
public:
    explicit ComparePane(Workbench& workbench, QWidget* parent = nullptr);

    void compare(qint64 a, qint64 b);
    PairedView* pairedView() const { return m_paired; }
    DiffModel* differences() const { return m_diff; }

Q_SIGNALS:
    void runsRequested();

private:
    QWidget* makeBar();
    QWidget* makeSettings();
    void fillRuns();
    void ask();
    PlotData dataOf(const std::string& metric, NumberFormat format) const;
    void addChart(
        const QString& title, const std::string& metric, NumberFormat format, bool large, QList<PlotWidget*>& into);

    Workbench& m_workbench;
    ChartScheduler m_scheduler;
    QStackedWidget* m_stack;
    QComboBox* m_a = nullptr;
    QComboBox* m_b = nullptr;
    ChartGrid* m_grid = nullptr;
    QList<PlotWidget*> m_plots;
    DiffModel* m_diff;
    DataTable* m_diffTable = nullptr;
    QLabel* m_diffNote = nullptr;
    PairedView* m_paired;
    SeriesMap m_seriesA;
    SeriesMap m_seriesB;
};

} // namespace ahascope::ui
