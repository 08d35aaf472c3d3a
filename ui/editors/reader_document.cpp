#include "ui/editors/reader_document.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <QRegularExpression>
#include <QTextCursor>
#include <QTextFrame>

#include "ui/editors/token_view.h"
#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {

using Block = ReaderPiece::Block;

QString fromUtf8(const std::string& text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

struct BoxLook {
    QString title;
    QColor back;
    QColor ink;
};

// A titled box with a background of its own.
class Boxes {
public:
    Boxes(QTextDocument& document, const Theme& theme) : m_cursor(&document), m_theme(theme) { }

    QTextCursor& open(const BoxLook& look)
    {
        close();
        QTextFrameFormat frame;
        frame.setBackground(look.back);
        frame.setPadding(space::m);
        frame.setBottomMargin(space::s);
        frame.setBorder(1);
        frame.setBorderBrush(m_theme.border);
        frame.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
        shrink(); // the empty line that Qt keeps between frames
        m_cursor.insertFrame(frame);
        QTextCharFormat head;
        head.setFont(typeFont(Type::Caption));
        head.setFontWeight(QFont::DemiBold);
        head.setForeground(look.ink);
        m_cursor.insertText(look.title, head);
        QTextBlockFormat block;
        block.setTopMargin(space::xs);
        block.setLineHeight(130, QTextBlockFormat::ProportionalHeight);
        m_cursor.insertBlock(block, QTextCharFormat());
        m_open = true;
        return m_cursor;
    }
    void close()
    {
        if (m_open) {
            m_cursor.movePosition(QTextCursor::End);
            shrink();
        }
        m_open = false;
    }

private:
    void shrink()
    {
        QTextBlockFormat line;
        line.setLineHeight(1, QTextBlockFormat::FixedHeight);
        m_cursor.setBlockFormat(line);
    }

    QTextCursor m_cursor;
    const Theme& m_theme;
    bool m_open = false;
};

BoxLook lookOf(Block block, std::optional<bool> correct, const Theme& theme)
{
    switch (block) {
    case Block::Think:
        return {QStringLiteral("THINKING"), theme.think, theme.secondary};
    case Block::Answer:
        if (!correct)
            return {QStringLiteral("ANSWER"), theme.accentSoft, theme.accent};
        return {QStringLiteral("ANSWER"), *correct ? theme.rightAnswer : theme.wrongAnswer,
            *correct ? theme.good : theme.bad};
    default:
        return {QStringLiteral("OUTSIDE THE BLOCKS"), theme.surface, theme.secondary};
    }
}

void addPieces(Boxes& boxes, const ReaderMember& member, const ReaderLook& look, const Theme& theme)
{
    const auto correct = look.judged ? std::optional(member.detail.sample.correct) : std::nullopt;
    QTextCursor* cursor = nullptr;
    Block open = Block::Before;
    QString pendingTag; // an opening tag belongs to the box that it opens
    for (const ReaderPiece& piece : member.pieces) {
        const QString text = fromUtf8(piece.text);
        QTextCharFormat format;
        format.setFont(typeFont(Type::Body));
        format.setForeground(theme.text);
        if (piece.tag) {
            format.setForeground(theme.tagText);
            format.setFont(codeFont());
        }
        const bool blank = text.trimmed().isEmpty();
        if (piece.tag && !piece.text.starts_with("</")
            && (piece.block == Block::Before || piece.block == Block::Between)) {
            pendingTag = text;
            continue;
        }
        const bool closing = piece.tag && piece.text.starts_with("</");
        if (cursor == nullptr || (piece.block != open && !closing && !blank)) {
            if (blank && pendingTag.isEmpty())
                continue;
            open = piece.block;
            cursor = &boxes.open(lookOf(open, correct, theme));
            if (!pendingTag.isEmpty()) {
                QTextCharFormat tag;
                tag.setForeground(theme.tagText);
                tag.setFont(codeFont());
                cursor->insertText(pendingTag, tag);
                pendingTag.clear();
            }
        }
        if (look.languages && !piece.language.empty()) {
            format.setBackground(theme.language);
            format.setToolTip(
                QStringLiteral("second language: %1 (mainly %2)")
                    .arg(QString::fromStdString(piece.language), QString::fromStdString(member.mainLanguage)));
        }
        if (look.reflections && !piece.reflection.empty()) {
            format.setBackground(theme.reflection);
            format.setFontWeight(QFont::DemiBold);
            format.setToolTip(QStringLiteral("reflection: %1").arg(QString::fromStdString(piece.reflection)));
        }
        if (!piece.note.empty())
            format.setToolTip(QStringList{format.toolTip(), QString::fromStdString(piece.note)}
                                  .filter(QRegularExpression(QStringLiteral(".")))
                                  .join(QLatin1Char('\n')));
        cursor->insertText(text, format);
    }
    if (!pendingTag.isEmpty()) {
        QTextCharFormat tag;
        tag.setForeground(theme.tagText);
        tag.setFont(codeFont());
        (cursor != nullptr ? *cursor : boxes.open(lookOf(Block::Before, {}, theme))).insertText(pendingTag, tag);
    }
}

std::vector<ShownToken> shownTokens(const ReaderMember& member, ReaderMode mode)
{
    std::vector<ShownToken> tokens;
    for (const ReaderToken& token : member.tokens)
        tokens.push_back({token.id, fromUtf8(token.text),
            QStringLiteral("probability %1 %\nlog-probability %2\nentropy %3 nats")
                .arg(std::exp(token.logProb) * 100, 0, 'f', 1)
                .arg(token.logProb, 0, 'f', 3)
                .arg(token.entropy, 0, 'f', 3),
            mode == ReaderMode::Tokens ? -1 : heatOf(token, mode)});
    return tokens;
}

} // namespace

double heatOf(const ReaderToken& token, ReaderMode mode)
{
    const double value = mode == ReaderMode::Entropy ? token.entropy / 3.0 : -token.logProb / 5.0;
    return std::clamp(value, 0.0, 1.0);
}

void fillReader(QTextDocument& document, const ReaderMember& member, const ReaderLook& look, const QPalette& palette)
{
    const Theme& theme = themeFor(palette);
    document.clear();
    document.setDefaultFont(typeFont(Type::Body));
    document.setDocumentMargin(space::m);
    QTextCursor whole(&document);
    whole.beginEditBlock();
    Boxes boxes(document, theme);
    if (look.prompt) {
        QTextCharFormat format;
        format.setFont(typeFont(Type::Body));
        format.setForeground(theme.secondary);
        boxes.open({QStringLiteral("PROMPT"), theme.surface, theme.secondary})
            .insertText(fromUtf8(member.detail.sample.prompt), format);
    }
    if (look.mode == ReaderMode::Reading || member.tokens.empty()) {
        addPieces(boxes, member, look, theme);
    } else {
        QTextCursor& cursor
            = boxes.open({QStringLiteral("COMPLETION, TOKEN BY TOKEN"), theme.surface, theme.secondary});
        QTextCharFormat format;
        format.setFont(codeFont());
        format.setForeground(theme.text);
        cursor.setCharFormat(format);
        TokenView::append(cursor, shownTokens(member, look.mode), palette);
    }
    boxes.close();
    whole.endEditBlock();
}

} // namespace ahascope::ui
