// Colours of a prompt template: placeholders, think and answer tags, front matter.
#pragma once

#include <QPalette>
#include <QSyntaxHighlighter>

namespace ahascope::ui {

class TemplateHighlighter : public QSyntaxHighlighter {
    Q_OBJECT
public:
    explicit TemplateHighlighter(QTextDocument* document);
    // After a change of theme.
    void setPalette(const QPalette& palette);

protected:
    void highlightBlock(const QString& text) override;

private:
    enum State { Body = 0, FrontMatter = 1 };
    QPalette m_palette;
};

} // namespace ahascope::ui
