// A plain-text editor with line numbers and underlined problems.
#pragma once

#include <map>

#include <QPlainTextEdit>

namespace ahascope::ui {

class CodeEdit : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit CodeEdit(QWidget* parent = nullptr);

    // Line (from 1) -> what is wrong with it. Shown as a wave below the line and in its tooltip.
    void setProblems(const std::map<int, QString>& problems);

    int gutterWidth() const;
    void paintGutter(QPainter& painter, const QRect& rect);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    void layOut();
    void underline();

    QWidget* m_gutter;
    std::map<int, QString> m_problems;
};

} // namespace ahascope::ui
