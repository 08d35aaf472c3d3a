// A completion that someone pastes, under the rules as they stand: score and reason of each, and the total.
#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/models/dry_run.h"
#include "ui/models/template_preview.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace ahascope::ui {

class ScoreList;
struct Workbench;

class DryRunView : public QWidget {
    Q_OBJECT
public:
    explicit DryRunView(Workbench& workbench, QWidget* parent = nullptr);

    void setCompletion(const QString& text);
    // The rules' verdicts as lines of text, for tests and for a screen reader.
    QString resultText() const;

private:
    QWidget* makeInputs();
    void useExample(const QString& pattern);
    void askRow();
    void score();
    void show(const DryRun& result);

    Workbench& m_workbench;
    QLineEdit* m_question = nullptr;
    QLineEdit* m_answer = nullptr;
    QPlainTextEdit* m_completion = nullptr;
    QCheckBox* m_ended = nullptr;
    QLabel* m_hint = nullptr;
    ScoreList* m_results = nullptr;
    PreviewRow m_row;         // the first of the data, for columns that rules read
    bool m_ownInputs = false; // question or answer were typed
    QTimer m_pause;
};

} // namespace ahascope::ui
