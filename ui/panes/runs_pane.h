// The runs of the store: what each reached, notes and tags, and what can be done with it.
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;

namespace ahascope::ui {

class DataTable;
struct Workbench;

class RunsPane : public QWidget {
    Q_OBJECT
public:
    explicit RunsPane(Workbench& workbench, QWidget* parent = nullptr);

    QList<qint64> selected() const; // in the order of the table
    void select(const QList<qint64>& numbers);

Q_SIGNALS:
    void openRequested(qint64 run);
    void compareRequested(qint64 a, qint64 b);
    void designRequested(qint64 run); // its settings, as a new experiment
    void resumeRequested(qint64 run);
    void launchRequested();

private:
    QWidget* makeBar();
    QWidget* makeNotes();
    void updateActions();
    void showNotes();
    void saveNotes();
    void confirmDelete();
    void deleteRuns(const QList<qint64>& numbers);

    Workbench& m_workbench;
    QSortFilterProxyModel* m_proxy;
    DataTable* m_table;
    QStackedWidget* m_stack;
    QPushButton* m_open = nullptr;
    QPushButton* m_compare = nullptr;
    QPushButton* m_resume = nullptr;
    QPushButton* m_reuse = nullptr;
    QPushButton* m_delete = nullptr;
    QLabel* m_notesTitle = nullptr;
    QPlainTextEdit* m_notes = nullptr;
    qint64 m_notesOf = 0;
    QTimer m_pause; // after typing, before notes are stored
};

} // namespace ahascope::ui
