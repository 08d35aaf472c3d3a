// Where words stand in a text: shared by the analyses that look for certain ones.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/completion_parser.h"

namespace ahascope::analysis {

// Walks over a text and stops at every word of Latin letters and at every Chinese character. Linear; any bytes.
class WordScanner {
public:
    explicit WordScanner(std::string_view text) : m_text(text) { }

    struct Stop {
        text::Span at;
        // Lower case; empty for a Chinese character and for words that cannot be plain ones: with digits or
        // underscores, behind a backslash, with accents, longer than 24 letters.
        std::string word;
        bool isHan = false;
    };

    std::optional<Stop> next();
    // Goes on from byte `at`, to skip what was recognised from the last stop on.
    void resume(std::size_t at) { m_at = at; }

private:
    Stop readWord(std::size_t begin);

    std::string_view m_text;
    std::size_t m_at = 0;
};

bool isHan(char32_t codePoint);
bool isLatinLetter(char32_t codePoint);

} // namespace ahascope::analysis
