// Across the top: the run that is looked at, its state and progress, and the buttons that steer the window's run.
#pragma once

#include <QFrame>
#include <QTimer>

class QLabel;
class QProgressBar;
class QToolButton;

namespace ahascope::ui {

class Badge;
class ElidedLabel;
class RunActions;
struct Workbench;

class RunBar : public QFrame {
    Q_OBJECT
public:
    RunBar(Workbench& workbench, RunActions& actions, QWidget* parent = nullptr);

    QString text() const; // what it says, for tests

Q_SIGNALS:
    void runChooserRequested();

private:
    QToolButton* addButton(QAction* action);
    void update();
    QString progressText() const;

    Workbench& m_workbench;
    ElidedLabel* m_name;
    Badge* m_state;
    QLabel* m_progressText;
    QProgressBar* m_progress;
    QLabel* m_figures;
    QTimer m_tick; // elapsed time and ETA
};

} // namespace ahascope::ui
