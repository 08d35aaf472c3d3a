#include "ui/editors/template_highlighter.h"

#include "ui/theme/theme.h"

namespace ahascope::ui {

namespace {
QTextCharFormat ink(const QColor& colour, bool strong = false)
{
    QTextCharFormat format;
    format.setForeground(colour);
    if (strong)
        format.setFontWeight(QFont::DemiBold);
    return format;
}
}

TemplateHighlighter::TemplateHighlighter(QTextDocument* document) : QSyntaxHighlighter(document) { }

void TemplateHighlighter::setPalette(const QPalette& palette)
{
    if (themeFor(palette).dark == themeFor(m_palette).dark && m_palette == palette)
        return;
    m_palette = palette;
    rehighlight();
}

void TemplateHighlighter::highlightBlock(const QString& text)
{
    const Theme& theme = themeFor(m_palette);
    const bool fence = text.trimmed() == QLatin1String("+++");
    const bool first = currentBlock().blockNumber() == 0;
    if ((first && fence) || previousBlockState() == FrontMatter) {
        setFormat(0, static_cast<int>(text.size()), ink(theme.muted));
        if (const qsizetype equals = text.indexOf(QLatin1Char('=')); !fence && equals > 0)
            setFormat(0, static_cast<int>(equals), ink(theme.secondary, true));
        setCurrentBlockState(fence && !first ? Body : FrontMatter);
        return;
    }
    setCurrentBlockState(Body);
    for (qsizetype at = 0; at < text.size();) {
        if (text.mid(at, 3) == QLatin1String("\\{{")) {
            setFormat(static_cast<int>(at), 3, ink(theme.muted));
            at += 3;
        } else if (text.mid(at, 2) == QLatin1String("{{")) {
            const qsizetype end = text.indexOf(QLatin1String("}}"), at);
            const qsizetype length = end < 0 ? text.size() - at : end + 2 - at;
            setFormat(
                static_cast<int>(at), static_cast<int>(length), ink(end < 0 ? theme.bad : theme.placeholder, true));
            at += length;
        } else if (text[at] == QLatin1Char('<')) {
            const qsizetype end = text.indexOf(QLatin1Char('>'), at);
            const qsizetype length = end < 0 ? 0 : end + 1 - at;
            if (length > 0 && length <= 24)
                setFormat(static_cast<int>(at), static_cast<int>(length), ink(theme.tagText, true));
            at += std::max<qsizetype>(1, length <= 24 ? length : 1);
        } else {
            ++at;
        }
    }
}

} // namespace ahascope::ui
