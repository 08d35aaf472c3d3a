#include "core/analysis/prose.h"

#include <algorithm>
#include <cstddef>

namespace ahascope::analysis {

namespace {

constexpr std::size_t longestFormula = 4000; // between single dollars
constexpr std::size_t longestTag = 64;
const std::size_t never = std::string_view::npos;

// Where a pattern occurs next. Positions asked for must not go back, so that all searches together are one pass.
class NextOf {
public:
    NextOf(std::string_view text, std::string_view pattern) : m_text(text), m_pattern(pattern) { }

    std::size_t from(std::size_t at)
    {
        if (m_next != never && (!m_searched || m_next < at)) {
            m_next = m_text.find(m_pattern, at);
            m_searched = true;
        }
        return m_next;
    }

private:
    std::string_view m_text;
    std::string_view m_pattern;
    std::size_t m_next = 0;
    bool m_searched = false;
};

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

class Masker {
public:
    explicit Masker(std::string_view text)
        : m_text(text)
        , m_out(text)
        , m_fence(text, "```")
        , m_backtick(text, "`")
        , m_lineEnd(text, "\n")
        , m_blankLine(text, "\n\n")
        , m_dollars(text, "$$")
        , m_round(text, "\\)")
        , m_square(text, "\\]")
        , m_end(text, "\\end{")
    {
    }

    std::string run()
    {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            const bool masked = (c == '`' && code()) || (c == '$' && dollars()) || (c == '\\' && latex())
                || (c == '<' && tag()) || (c == 'h' && address());
            if (!masked) {
                ++m_at;
            }
        }
        return std::move(m_out);
    }

private:
    bool startsWith(std::string_view pattern) const { return m_text.substr(m_at, pattern.size()) == pattern; }

    bool mask(std::size_t end)
    {
        std::fill(
            m_out.begin() + static_cast<std::ptrdiff_t>(m_at), m_out.begin() + static_cast<std::ptrdiff_t>(end), ' ');
        m_at = end;
        return true;
    }

    bool code()
    {
        if (startsWith("```")) {
            const std::size_t close = m_fence.from(m_at + 3);
            return mask(close == never ? m_text.size() : close + 3);
        }
        const std::size_t close = m_backtick.from(m_at + 1);
        return close != never && close < m_lineEnd.from(m_at) && mask(close + 1);
    }

    // A single dollar opens when no space follows it and closes when no space stands before it and no digit after it.
    bool dollars()
    {
        if (startsWith("$$")) {
            const std::size_t close = m_dollars.from(m_at + 2);
            return close != never && mask(close + 2);
        }
        if (m_at + 1 >= m_text.size() || isSpace(m_text[m_at + 1])) {
            return false;
        }
        const std::size_t close = nextClosingDollar(m_at + 1);
        return close != never && close - m_at < longestFormula && close < m_blankLine.from(m_at) && mask(close + 1);
    }

    std::size_t nextClosingDollar(std::size_t at)
    {
        if (m_closingDollar != never && m_closingDollar < at) {
            std::size_t next = m_text.find('$', at);
            while (next != never
                && (isSpace(m_text[next - 1]) || (next + 1 < m_text.size() && isDigit(m_text[next + 1])))) {
                next = m_text.find('$', next + 1);
            }
            m_closingDollar = next;
        }
        return m_closingDollar;
    }

    bool latex()
    {
        if (startsWith("\\(")) {
            const std::size_t close = m_round.from(m_at + 2);
            return close != never && mask(close + 2);
        }
        if (startsWith("\\[")) {
            const std::size_t close = m_square.from(m_at + 2);
            return close != never && mask(close + 2);
        }
        if (startsWith("\\begin{")) {
            const std::size_t close = m_end.from(m_at + 7);
            const std::size_t brace = close == never ? never : m_text.find('}', close);
            return brace != never && brace - close < longestTag && mask(brace + 1);
        }
        std::size_t end = m_at + 1;
        while (end < m_text.size() && isLetter(m_text[end])) {
            ++end;
        }
        return end > m_at + 1 && mask(end);
    }

    // <think>, </answer>, <|im_start|>, <br/>; not "a < b and c > d".
    bool tag()
    {
        std::size_t at = m_at + 1;
        while (at < m_text.size() && (m_text[at] == '/' || m_text[at] == '|')) {
            ++at;
        }
        if (at >= m_text.size() || !isLetter(m_text[at])) {
            return false;
        }
        const std::size_t last = std::min(m_text.size(), m_at + longestTag);
        while (at < last && m_text[at] != '>' && m_text[at] != '<' && m_text[at] != '\n') {
            ++at;
        }
        return at < last && m_text[at] == '>' && mask(at + 1);
    }

    bool address()
    {
        if (!startsWith("http://") && !startsWith("https://")) {
            return false;
        }
        std::size_t end = m_at;
        // Addresses are ASCII: Chinese text may follow without a space.
        while (end < m_text.size() && !isSpace(m_text[end]) && static_cast<unsigned char>(m_text[end]) < 0x80) {
            ++end;
        }
        return mask(end);
    }

    std::string_view m_text;
    std::string m_out;
    std::size_t m_at = 0;
    std::size_t m_closingDollar = 0;
    NextOf m_fence;
    NextOf m_backtick;
    NextOf m_lineEnd;
    NextOf m_blankLine;
    NextOf m_dollars;
    NextOf m_round;
    NextOf m_square;
    NextOf m_end;
};

} // namespace

std::string proseOf(std::string_view text)
{
    return Masker(text).run();
}

} // namespace ahascope::analysis
