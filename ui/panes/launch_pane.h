// Design: every setting of the experiment, what is wrong with it, what it needs, and Start.
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;

namespace ahascope::ui {

class RunActions;
class SchemaForm;
struct Workbench;

class LaunchPane : public QWidget {
    Q_OBJECT
public:
    LaunchPane(Workbench& workbench, RunActions& actions, QWidget* parent = nullptr);

    SchemaForm* form() const { return m_form; }

    void openDialog();
    void saveDialog();
    void save(); // to its file, or asks for one

Q_SIGNALS:
    void openRequested(const QString& file);

private:
    QWidget* makeBar();
    void applyPreset(int index);
    void updatePresets();
    void updateBar();

    Workbench& m_workbench;
    SchemaForm* m_form;
    QComboBox* m_files = nullptr;
    QComboBox* m_algorithms = nullptr;
    QLineEdit* m_search = nullptr;
    QLabel* m_changed = nullptr;
};

} // namespace ahascope::ui
