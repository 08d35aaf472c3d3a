// A text as the model sees it: its tokens in two alternating tints, the id of each under the pointer.
#pragma once

#include <vector>

#include <QTextEdit>

namespace ahascope::ui {

struct ShownToken {
    qint32 id = 0;
    QString text;
    QString note;     // further lines of the tooltip
    double heat = -1; // 0 to 1: strength of a colour instead of the tints; below 0: none
};

class TokenView : public QTextEdit {
    Q_OBJECT
public:
    explicit TokenView(QWidget* parent = nullptr);

    // White space is shown: "·" would change the text, so line ends get a "⏎" before them and nothing else.
    void show(const std::vector<ShownToken>& tokens);
    // Appends tokens at a cursor of any document, in the same way.
    static void append(QTextCursor& cursor, const std::vector<ShownToken>& tokens, const QPalette& palette);
    static QString tooltipAt(const QTextCursor& cursor);

protected:
    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fill();
    std::vector<ShownToken> m_tokens;
};

} // namespace ahascope::ui
