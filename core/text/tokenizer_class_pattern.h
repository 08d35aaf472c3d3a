// The small regular expressions of which some models' splits consist: an optional space, one class of characters and a
// repetition. "\s?[A-Za-z]+", "\p{N}{1,3}", "[\r\n]", "\s+$".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/text/tokenizer_scan.h"
#include "core/text/unicode_class.h"

namespace ahascope::text {

class ClassPattern {
public:
    // Nothing when `regex` is of another kind. Syntax and meaning are Oniguruma's: `$` also matches before a line feed.
    static std::optional<ClassPattern> parse(std::string_view regex);

    // Appends the matches in `span` of `text` (well-formed UTF-8), in order.
    void findMatches(std::string_view text, TextSpan span, std::vector<TextSpan>& matches) const;

private:
    struct Range {
        char32_t first = 0;
        char32_t last = 0;
    };
    enum class Prefix { None, Space, AnySpace }; // "", " ?", "\s?"

    class Parser;

    bool contains(char32_t codePoint, const UnicodeClasses& classes) const;
    // End of the match that begins at `at`, or `at` when there is none.
    std::size_t matchEnd(std::string_view text, std::size_t at, std::size_t end) const;

    Prefix m_prefix = Prefix::None;
    bool m_negated = false;
    std::vector<Range> m_ranges;
    std::uint32_t m_kinds = 0; // bit k: CharacterKind k belongs to the class
    std::size_t m_most = 1;    // repetitions; the least number is always 1
    bool m_atLineEnd = false;
};

} // namespace ahascope::text
