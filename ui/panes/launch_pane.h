// Design: every setting of the experiment, what is wrong with it, what it needs, and Start.
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace ahascope::ui {

class Badge;
class RunActions;
class SchemaForm;
class StackedBar;
struct Workbench;

class LaunchPane : public QWidget {
    Q_OBJECT
public:
    LaunchPane(Workbench& workbench, RunActions& actions, QWidget* parent = nullptr);

    SchemaForm* form() const { return m_form; }
    QString checkText() const; // what the check says, for tests

    void openDialog();
    void saveDialog();
    void save(); // to its file, or asks for one

Q_SIGNALS:
    void openRequested(const QString& file);

private:
    QWidget* makeBar();
    QWidget* makeSummary(RunActions& actions);
    void showCheck();
    void applyPreset(int index);
    void updatePresets();
    void updateBar();

    Workbench& m_workbench;
    RunActions& m_actions;
    SchemaForm* m_form;
    QComboBox* m_files = nullptr;
    QComboBox* m_algorithms = nullptr;
    QLineEdit* m_search = nullptr;
    QLabel* m_changed = nullptr;
    Badge* m_ready = nullptr;
    QLabel* m_facts = nullptr;
    StackedBar* m_memory = nullptr;
    QVBoxLayout* m_problems = nullptr;
    QString m_checkText;
};

} // namespace ahascope::ui
