#include "core/text/tokenizer_class_pattern.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

constexpr std::size_t Unlimited = std::numeric_limits<std::size_t>::max();

std::uint32_t bitOf(CharacterKind kind)
{
    return 1u << static_cast<unsigned>(kind);
}

// \p{L} and its like; 0 for a property that is not known here.
std::uint32_t kindsOfProperty(std::string_view name)
{
    if (name == "L")
        return bitOf(CharacterKind::Letter);
    if (name == "M")
        return bitOf(CharacterKind::Mark);
    if (name == "N")
        return bitOf(CharacterKind::Number);
    if (name == "P")
        return bitOf(CharacterKind::Punctuation);
    return name == "S" ? bitOf(CharacterKind::Symbol) : 0;
}

} // namespace

// Each function consumes what it recognises and returns false where the expression is of another kind.
class ClassPattern::Parser {
public:
    explicit Parser(std::string_view regex) : m_rest(regex) { }

    bool parse(ClassPattern& pattern)
    {
        if (take("\\s?"))
            pattern.m_prefix = Prefix::AnySpace;
        else if (take(" ?"))
            pattern.m_prefix = Prefix::Space;
        const bool hasClass = take("[") ? bracket(pattern) : propertyOrSpace(pattern);
        if (!hasClass || !repetition(pattern))
            return false;
        pattern.m_atLineEnd = take("$");
        const bool onlySpaceAtLineEnd = pattern.m_kinds == bitOf(CharacterKind::Space) && pattern.m_ranges.empty()
            && !pattern.m_negated && pattern.m_prefix == Prefix::None && pattern.m_most == Unlimited;
        return m_rest.empty() && (!pattern.m_atLineEnd || onlySpaceAtLineEnd);
    }

private:
    bool take(std::string_view expected)
    {
        if (m_rest.substr(0, expected.size()) != expected)
            return false;
        m_rest.remove_prefix(expected.size());
        return true;
    }

    bool propertyOrSpace(ClassPattern& pattern)
    {
        if (take("\\s")) {
            pattern.m_kinds |= bitOf(CharacterKind::Space);
            return true;
        }
        if (!take("\\p{"))
            return false;
        const std::size_t close = m_rest.find('}');
        if (close == std::string_view::npos)
            return false;
        const std::uint32_t kinds = kindsOfProperty(m_rest.substr(0, close));
        m_rest.remove_prefix(close + 1);
        pattern.m_kinds |= kinds;
        return kinds != 0;
    }

    // One literal character of a bracket; false for what has a meaning of its own.
    bool literal(char32_t& codePoint)
    {
        if (m_rest.empty() || m_rest.front() == '[' || m_rest.front() == ']' || m_rest.substr(0, 2) == "&&")
            return false;
        if (take("\\")) {
            if (m_rest.empty())
                return false;
            const char escaped = m_rest.front();
            m_rest.remove_prefix(1);
            constexpr std::string_view Letters = "rnt", Meanings = "\r\n\t";
            if (const std::size_t at = Letters.find(escaped); at != std::string_view::npos)
                codePoint = static_cast<unsigned char>(Meanings[at]);
            else
                codePoint = static_cast<unsigned char>(escaped);
            // Other escaped letters, digits and non-ASCII are classes or numbers.
            return Letters.find(escaped) != std::string_view::npos
                || UnicodeClasses::instance().kind(codePoint & 0x7f) == CharacterKind::Punctuation
                || (codePoint < 0x80 && UnicodeClasses::instance().kind(codePoint) == CharacterKind::Symbol);
        }
        const CodePoint c = codePointAt(m_rest, 0);
        codePoint = c.value;
        m_rest.remove_prefix(c.bytes);
        return c.wellFormed;
    }

    bool bracket(ClassPattern& pattern)
    {
        pattern.m_negated = take("^");
        while (!take("]")) {
            if (m_rest.substr(0, 2) == "\\p" || m_rest.substr(0, 2) == "\\s") {
                if (!propertyOrSpace(pattern))
                    return false;
                continue;
            }
            Range range;
            if (!literal(range.first))
                return false;
            range.last = range.first;
            const bool isRange = m_rest.size() > 1 && m_rest[0] == '-' && m_rest[1] != ']';
            if (isRange && (!take("-") || !literal(range.last) || range.last < range.first))
                return false;
            pattern.m_ranges.push_back(range);
        }
        return pattern.m_kinds != 0 || !pattern.m_ranges.empty();
    }

    bool repetition(ClassPattern& pattern)
    {
        if (take("+")) {
            pattern.m_most = Unlimited;
            return true;
        }
        if (m_rest.substr(0, 3) == "{1," && m_rest.size() >= 5 && m_rest[3] >= '1' && m_rest[3] <= '9'
            && m_rest[4] == '}') {
            pattern.m_most = static_cast<std::size_t>(m_rest[3] - '0');
            m_rest.remove_prefix(5);
        }
        return true;
    }

    std::string_view m_rest;
};

std::optional<ClassPattern> ClassPattern::parse(std::string_view regex)
{
    ClassPattern pattern;
    if (!Parser(regex).parse(pattern))
        return std::nullopt;
    return pattern;
}

bool ClassPattern::contains(char32_t codePoint, const UnicodeClasses& classes) const
{
    const bool inKinds = (m_kinds & bitOf(classes.kind(codePoint))) != 0;
    const bool inRanges = std::any_of(m_ranges.begin(), m_ranges.end(),
        [&](const Range& range) { return codePoint >= range.first && codePoint <= range.last; });
    return (inKinds || inRanges) != m_negated;
}

std::size_t ClassPattern::matchEnd(std::string_view text, std::size_t at, std::size_t end) const
{
    const UnicodeClasses& classes = UnicodeClasses::instance();
    const CodePoint first = codePointAt(text, at);
    const bool prefixed
        = m_prefix == Prefix::Space ? first.value == ' ' : m_prefix == Prefix::AnySpace && classes.isSpace(first.value);
    const auto run = [&](std::size_t from) {
        std::size_t to = from;
        for (std::size_t count = 0; count < m_most && to < end; ++count) {
            const CodePoint c = codePointAt(text, to);
            if (!contains(c.value, classes))
                break;
            to += c.bytes;
        }
        return to;
    };
    if (prefixed) {
        if (const std::size_t to = run(at + first.bytes); to > at + first.bytes)
            return to;
    }
    const std::size_t to = run(at);
    if (!m_atLineEnd || to == end)
        return to;
    // Back to the last line feed of the run of white space: the match ends before it.
    const std::size_t lineFeed = text.substr(at, to - at).rfind('\n');
    return lineFeed == std::string_view::npos ? at : at + lineFeed;
}

void ClassPattern::findMatches(std::string_view text, TextSpan span, std::vector<TextSpan>& matches) const
{
    for (std::size_t at = span.begin; at < span.end;) {
        const std::size_t to = matchEnd(text, at, span.end);
        if (to > at)
            matches.push_back({at, to});
        at = to > at ? to : at + codePointAt(text, at).bytes;
    }
}

} // namespace ahascope::text
