// Inspect: every completion of the current run, filtered and sorted by the store.
#pragma once

#include <optional>

#include <QTimer>
#include <QWidget>

#include "core/store/run_reader.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QStackedWidget;
class QToolButton;

namespace ahascope::ui {

class DataTable;
class EmptyState;
class SamplesModel;
class SegmentedBar;
struct Workbench;

class SamplesPane : public QWidget {
    Q_OBJECT
public:
    explicit SamplesPane(Workbench& workbench, QWidget* parent = nullptr);

    SamplesModel* model() const { return m_model; }
    // Of one step: what a click on a chart asks for.
    void showStep(qint64 step, bool heldOut);
    void showProblem(std::uint64_t problem, const QString& question);
    void showText(const QString& text);
    void select(std::int64_t id);
    // The sample before or after the chosen one, in the order of the table.
    void step(int direction);
    QString countText() const;

Q_SIGNALS:
    void sampleChosen(qint64 id);
    void groupStepRequested(int direction); // in the group of the sample that is read
    void launchRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeFilters();
    void ask();
    void clearFilters();
    void loaded();
    void choose(const QModelIndex& index);
    store::SampleQuery query() const;

    Workbench& m_workbench;
    SamplesModel* m_model;
    DataTable* m_table;
    QStackedWidget* m_stack;
    EmptyState* m_none; // no run, or nothing drawn yet
    EmptyState* m_noMatch;
    QLineEdit* m_from = nullptr;
    QLineEdit* m_to = nullptr;
    SegmentedBar* m_kind = nullptr;
    QComboBox* m_verdict = nullptr;
    QLineEdit* m_text = nullptr;
    QToolButton* m_problemChip = nullptr;
    QToolButton* m_clear = nullptr;
    QLabel* m_count = nullptr;
    std::optional<std::uint64_t> m_problem;
    std::optional<std::int64_t> m_chosen;
    bool m_asked = false; // the next rows are those of another question
    QTimer m_pause;       // while a filter is typed
    QTimer m_growth;      // a run that goes on
};

} // namespace ahascope::ui
