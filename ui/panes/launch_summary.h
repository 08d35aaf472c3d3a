// Beside the settings: what the check found, what the run needs, where it computes, and Start.
#pragma once

#include <QWidget>

#include "core/pipeline/preflight.h"

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace ahascope::ui {

class Badge;
class RunActions;
class SchemaForm;
class StackedBar;
struct Workbench;

class LaunchSummary : public QWidget {
    Q_OBJECT
public:
    // Problems of settings go beside them, into the form.
    LaunchSummary(Workbench& workbench, RunActions& actions, SchemaForm& form, QWidget* parent = nullptr);

    QString text() const; // what it says, for tests

private:
    QLayout* makeHead();
    QLayout* makePlace();
    QWidget* makeStart();
    void update();
    void showReady();
    void showFacts(const pipeline::Preflight& check);
    void showMemory(const pipeline::MemoryPlan& memory);
    void showProblems(const pipeline::Preflight* check);
    void addProblem(const Problem& problem);
    void addLine(const QString& html);
    void showPlace();

    Workbench& m_workbench;
    RunActions& m_actions;
    SchemaForm& m_form;
    Badge* m_ready = nullptr;
    QLabel* m_facts;
    StackedBar* m_memory;
    QVBoxLayout* m_problems;
    QComboBox* m_place = nullptr;
};

} // namespace ahascope::ui
