// The held-out problems that two runs share: which of them each solved, and both completions of one.
#pragma once

#include <QWidget>

#include "ui/models/paired_problems.h"
#include "ui/models/reader_content.h"

class QLabel;
class QTextEdit;

namespace ahascope::ui {

class DataTable;
class SegmentedBar;
struct Workbench;

class PairedView : public QWidget {
    Q_OBJECT
public:
    explicit PairedView(Workbench& workbench, QWidget* parent = nullptr);

    void show(std::int64_t a, std::int64_t b, PairedResult result);
    void showCell(PairedCell cell);
    QString summary() const;
    QString completionText(bool ofA) const;

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeSide(QTextEdit*& text, QLabel*& title, const QString& name);
    void openProblem(int row);
    void fill();

    Workbench& m_workbench;
    std::int64_t m_runA = 0;
    std::int64_t m_runB = 0;
    PairedResult m_result;
    PairedModel* m_model;
    DataTable* m_table;
    QLabel* m_summary;
    QWidget* m_cells; // holds the bar, which is made anew with its counts
    SegmentedBar* m_bar = nullptr;
    PairedCell m_cell = PairedCell::OnlyB;
    QTextEdit* m_textA = nullptr;
    QTextEdit* m_textB = nullptr;
    QLabel* m_titleA = nullptr;
    QLabel* m_titleB = nullptr;
    ReaderContent m_contentA;
    ReaderContent m_contentB;
};

} // namespace ahascope::ui
