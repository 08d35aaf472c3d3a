// Reads text for the scanners of tokenizer_scan.h.
#pragma once

#include <string_view>
#include <vector>

#include "core/text/tokenizer_scan.h"
#include "core/text/unicode_class.h"

namespace ahascope::text {

inline bool isLineBreak(char c)
{
    return c == '\r' || c == '\n';
}

// Reads one span of well-formed UTF-8 from left to right.
class Scanner {
public:
    Scanner(std::string_view text, TextSpan span, std::vector<TextSpan>& words)
        : m_text(text)
        , m_end(span.end)
        , m_begin(span.begin)
        , m_words(words)
    {
    }

    bool atEnd() const { return m_begin == m_end; }
    std::size_t begin() const { return m_begin; }
    char byte(std::size_t at) const { return m_text[at]; }
    bool has(std::size_t at) const { return at < m_end; }

    void emit(std::size_t end)
    {
        m_words.push_back({m_begin, end});
        m_begin = end;
    }

    struct Character {
        CharacterKind kind = CharacterKind::Other;
        std::size_t end = 0; // its first byte's offset plus its length
    };

    // The character at `at` < end. No checks: the text is well-formed.
    Character characterAt(std::size_t at) const
    {
        std::size_t end = at;
        const char32_t value = read(end);
        return {m_classes.kind(value), end};
    }

    // The code point at `at`, which moves behind it.
    char32_t read(std::size_t& at) const
    {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(m_text[at + i]); };
        const char32_t lead = byte(0);
        if (lead < 0x80) {
            at += 1;
            return lead;
        }
        if (lead < 0xe0) {
            const char32_t value = (lead & 0x1f) << 6 | (byte(1) & 0x3fu);
            at += 2;
            return value;
        }
        if (lead < 0xf0) {
            const char32_t value = (lead & 0x0f) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
            at += 3;
            return value;
        }
        const char32_t value
            = (lead & 0x07) << 18 | (byte(1) & 0x3fu) << 12 | (byte(2) & 0x3fu) << 6 | (byte(3) & 0x3fu);
        at += 4;
        return value;
    }

    const UnicodeClasses& classes() const { return m_classes; }

    // End of the run of characters from `at` on for which `holds(kind)`.
    template <typename Predicate>
    std::size_t runEnd(std::size_t at, Predicate holds) const
    {
        while (at < m_end) {
            const Character c = characterAt(at);
            if (!holds(c.kind))
                break;
            at = c.end;
        }
        return at;
    }

    // \s+(?!\S)|\s+ at a white space that no earlier alternative takes: all of it at the end of the text, else all but
    // its last character, or that one character.
    void emitSpace()
    {
        std::size_t at = m_begin;
        std::size_t last = at; // where the last character of the run begins
        while (at < m_end) {
            const Character c = characterAt(at);
            if (c.kind != CharacterKind::Space)
                break;
            last = at;
            at = c.end;
        }
        emit(at == m_end || last == m_begin ? at : last);
    }

    // \s*[\r\n]+ before those: up to the last line break of the run of white space.
    void emitLineBreaksOrSpace()
    {
        std::size_t at = m_begin;
        std::size_t afterBreak = m_begin;
        while (at < m_end) {
            const Character c = characterAt(at);
            if (c.kind != CharacterKind::Space)
                break;
            if (isLineBreak(m_text[at]))
                afterBreak = c.end;
            at = c.end;
        }
        if (afterBreak > m_begin)
            emit(afterBreak);
        else
            emitSpace();
    }

    std::size_t skipLineBreaks(std::size_t at) const
    {
        while (at < m_end && isLineBreak(m_text[at]))
            ++at;
        return at;
    }

private:
    std::string_view m_text;
    std::size_t m_end;
    std::size_t m_begin;
    std::vector<TextSpan>& m_words;
    const UnicodeClasses& m_classes = UnicodeClasses::instance();
};

} // namespace ahascope::text
