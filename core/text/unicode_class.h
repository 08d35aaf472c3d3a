// What kind of character a code point is, as Hugging Face tokenizers sees it (Unicode 16), on every machine alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ahascope::text {

enum class CharacterKind : std::uint8_t { Other, Letter, Mark, Number, Punctuation, Symbol, Space };

// All code points of one class; the table is sorted and its gaps are CharacterKind::Other.
struct UnicodeRange {
    std::uint32_t first;
    std::uint32_t last;
    std::uint8_t value; // CharacterKind, plus 8 for a word character (\w), 16 for upper and 32 for lower case
};
extern const UnicodeRange UnicodeRanges[];
extern const std::size_t UnicodeRangeCount;

// One byte per code point, built once. Fetch it outside of loops.
class UnicodeClasses {
public:
    static const UnicodeClasses& instance();

    CharacterKind kind(char32_t codePoint) const { return static_cast<CharacterKind>(m_values[codePoint] & 7); }
    bool isWord(char32_t codePoint) const { return (m_values[codePoint] & 8) != 0; }
    bool isUpper(char32_t codePoint) const { return (m_values[codePoint] & 16) != 0; } // \p{Lu}, \p{Lt}
    bool isLower(char32_t codePoint) const { return (m_values[codePoint] & 32) != 0; } // \p{Ll}
    bool isSpace(char32_t codePoint) const { return kind(codePoint) == CharacterKind::Space; }

private:
    UnicodeClasses();
    std::vector<std::uint8_t> m_values;
};

} // namespace ahascope::text
