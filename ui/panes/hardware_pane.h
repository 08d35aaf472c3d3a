// Train: what the machine does and what the run costs.
#pragma once

#include <string>

#include <QWidget>

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace ahascope::ui {

class EmptyState;
class GpuHistory;
class GpuView;
class StepCostsView;
struct Workbench;

class HardwarePane : public QWidget {
    Q_OBJECT
public:
    // `gpuLibrary`: what is asked about the GPUs.
    HardwarePane(Workbench& workbench, const std::string& gpuLibrary, QWidget* parent = nullptr);

    QString gpuText() const; // of every GPU, or why there is none
    QString runText() const; // what the run costs; empty without one

Q_SIGNALS:
    void launchRequested();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    QWidget* makeContent();
    void watch();
    void showGpus();
    void showNote();
    void showRun();

    Workbench& m_workbench;
    GpuHistory* m_history;
    QScrollArea* m_scroll;
    QVBoxLayout* m_gpuColumn;
    QList<GpuView*> m_gpus;
    QLabel* m_note;
    EmptyState* m_empty;
    StepCostsView* m_costs;
};

} // namespace ahascope::ui
