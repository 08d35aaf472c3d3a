#include "ui/editors/token_view.h"

#include <QHelpEvent>
#include <QTextCursor>
#include <QToolTip>

#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
constexpr int noteProperty = QTextFormat::UserProperty + 1;

QString visible(const QString& text)
{
    QString shown = text;
    shown.replace(QLatin1Char('\n'), QStringLiteral("⏎\n"));
    shown.replace(QLatin1Char('\t'), QStringLiteral("⇥\t"));
    return shown;
}

QString quoted(QString text)
{
    text.replace(QLatin1Char('\n'), QStringLiteral("\\n")).replace(QLatin1Char('\t'), QStringLiteral("\\t"));
    return QLatin1Char('"') + text + QLatin1Char('"');
}
}

TokenView::TokenView(QWidget* parent) : QTextEdit(parent)
{
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFont(codeFont());
    setProperty("frameless", true);
    document()->setDocumentMargin(space::m);
}

void TokenView::append(QTextCursor& cursor, const std::vector<ShownToken>& tokens, const QPalette& palette)
{
    const Theme& theme = themeFor(palette);
    QTextCharFormat format = cursor.charFormat();
    bool odd = false;
    for (const ShownToken& token : tokens) {
        format.setBackground(token.heat >= 0 ? mix(theme.surface, theme.heat, 0.75 * token.heat)
                : odd                        ? theme.tokenB
                                             : theme.tokenA);
        QString note = QStringLiteral("%1\nid %2").arg(quoted(token.text)).arg(token.id);
        if (!token.note.isEmpty())
            note += QLatin1Char('\n') + token.note;
        format.setProperty(noteProperty, note);
        cursor.insertText(visible(token.text), format);
        odd = !odd;
    }
}

QString TokenView::tooltipAt(const QTextCursor& cursor)
{
    QTextCursor on = cursor; // the format of a cursor is that of the character before it
    on.movePosition(QTextCursor::NextCharacter);
    return on.charFormat().property(noteProperty).toString();
}

void TokenView::show(const std::vector<ShownToken>& tokens)
{
    m_tokens = tokens;
    fill();
}

void TokenView::fill()
{
    clear();
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    append(cursor, m_tokens, palette());
    cursor.endEditBlock();
}

bool TokenView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString note = tooltipAt(cursorForPosition(viewport()->mapFromGlobal(help->globalPos())));
        if (!note.isEmpty()) {
            QToolTip::showText(help->globalPos(), note, this);
            return true;
        }
    }
    return QTextEdit::event(event);
}

void TokenView::changeEvent(QEvent* event)
{
    QTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_tokens.empty())
        fill();
}

} // namespace ahascope::ui
