#include "ui/editors/code_edit.h"

#include <QHelpEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTextBlock>
#include <QToolTip>

#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
class Gutter : public QWidget {
public:
    explicit Gutter(CodeEdit* edit) : QWidget(edit), m_edit(edit) { }
    QSize sizeHint() const override { return {m_edit->gutterWidth(), 0}; }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        m_edit->paintGutter(painter, rect());
    }

private:
    CodeEdit* m_edit;
};
}

CodeEdit::CodeEdit(QWidget* parent) : QPlainTextEdit(parent), m_gutter(new Gutter(this))
{
    setFont(codeFont());
    setLineWrapMode(QPlainTextEdit::WidgetWidth);
    setProperty("frameless", true);
    setTabChangesFocus(false);
    connect(this, &QPlainTextEdit::blockCountChanged, this, [this] { layOut(); });
    connect(this, &QPlainTextEdit::updateRequest, this, [this] { m_gutter->update(); });
    layOut();
}

int CodeEdit::gutterWidth() const
{
    const int digits = std::max(2, static_cast<int>(QString::number(blockCount()).size()));
    return fontMetrics().horizontalAdvance(QLatin1Char('0')) * digits + 2 * space::s;
}

void CodeEdit::layOut()
{
    setViewportMargins(gutterWidth(), 0, 0, 0);
    const QRect inner = contentsRect();
    m_gutter->setGeometry(inner.left(), inner.top(), gutterWidth(), inner.height());
}

void CodeEdit::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    layOut();
}

void CodeEdit::changeEvent(QEvent* event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_gutter != nullptr)
        underline();
}

void CodeEdit::paintGutter(QPainter& painter, const QRect& rect)
{
    const Theme& theme = themeFor(palette());
    painter.fillRect(rect, theme.raised);
    painter.setFont(font());
    for (QTextBlock block = firstVisibleBlock(); block.isValid(); block = block.next()) {
        const QRectF area = blockBoundingGeometry(block).translated(contentOffset());
        if (area.top() > rect.bottom())
            break;
        const int line = block.blockNumber() + 1;
        painter.setPen(m_problems.contains(line) ? theme.bad : theme.muted);
        painter.drawText(QRectF(0, area.top(), rect.width() - space::s, fontMetrics().height()), Qt::AlignRight,
            QString::number(line));
    }
}

void CodeEdit::setProblems(const std::map<int, QString>& problems)
{
    if (problems == m_problems)
        return;
    m_problems = problems;
    underline();
    m_gutter->update();
}

void CodeEdit::underline()
{
    const Theme& theme = themeFor(palette());
    QList<QTextEdit::ExtraSelection> marks;
    for (const auto& [line, text] : m_problems) {
        const QTextBlock block = document()->findBlockByNumber(line - 1);
        if (!block.isValid())
            continue;
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(block);
        mark.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(theme.bad);
        marks.append(mark);
    }
    setExtraSelections(marks);
}

bool CodeEdit::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QTextCursor cursor = cursorForPosition(viewport()->mapFromGlobal(help->globalPos()));
        const auto problem = m_problems.find(cursor.blockNumber() + 1);
        if (problem != m_problems.end()) {
            QToolTip::showText(help->globalPos(), problem->second, this);
            return true;
        }
    }
    return QPlainTextEdit::event(event);
}

} // namespace ahascope::ui
