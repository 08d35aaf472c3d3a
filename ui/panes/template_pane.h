// Design: the prompt template, and what it becomes with the experiment's data.
#pragma once

#include <QWidget>

#include "ui/models/template_preview.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace ahascope::ui {

class CodeEdit;
class TemplateHighlighter;
class TokenView;
struct Workbench;

class TemplatePane : public QWidget {
    Q_OBJECT
public:
    explicit TemplatePane(Workbench& workbench, QWidget* parent = nullptr);

    QString shownPrompt() const;
    QString problemText() const;
    bool showsChat() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeEditor();
    QWidget* makePreview();
    void openFile(const QString& file);
    void saveAs(const QString& file);
    QString documentText() const; // of the experiment, or the default
    void chooseKind(int kind);
    void showDocument();
    void askPreview();
    void showPreview(TemplatePreview preview);
    void showRow(int row);

    Workbench& m_workbench;
    CodeEdit* m_edit = nullptr;
    TemplateHighlighter* m_highlighter = nullptr;
    QComboBox* m_kind = nullptr;
    QComboBox* m_shipped = nullptr;
    QLabel* m_problems = nullptr;
    TokenView* m_tokens = nullptr;
    QLabel* m_rowLabel = nullptr;
    QLabel* m_rowText = nullptr;
    QLabel* m_footer = nullptr;
    QToolButton* m_previous = nullptr;
    QToolButton* m_next = nullptr;
    TemplatePreview m_preview;
    int m_row = 0;
};

} // namespace ahascope::ui
