// What the steps of the looked-at run cost: their phases, tokens per second, memory.
#pragma once

#include <QWidget>

namespace ahascope::ui {

class CurrentRun;
class Gauge;
class GaugeRow;
class ShareColumns;
class StackedBar;

class StepCostsView : public QWidget {
    Q_OBJECT
public:
    explicit StepCostsView(const CurrentRun& run, QWidget* parent = nullptr);

    void refresh();
    QString text() const; // figures and phases, one line each

private:
    void showCurrentStep();

    const CurrentRun& m_run;
    QList<Gauge*> m_gauges;
    GaugeRow* m_row;
    StackedBar* m_phases; // of one step, with words
    ShareColumns* m_steps;
};

} // namespace ahascope::ui
