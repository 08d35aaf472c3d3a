// Methods of Python's str on UTF-8. Positions count code points.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text::jinja {

// str.isspace: Unicode's white space and the separators U+001C to U+001F. Bytes of the one at `at`; 0 if none is there.
std::size_t spaceLength(std::string_view text, std::size_t at);

enum class Side { Left, Right, Both };
// str.strip of white space, or of the code points in `characters`.
std::string_view strip(std::string_view text, Side side, std::optional<std::string_view> characters = std::nullopt);

// str.split and str.rsplit: by white space when there is no separator, at most `most` times (negative: no limit).
std::vector<std::string_view> split(
    std::string_view text, std::optional<std::string_view> separator, std::int64_t most);
std::vector<std::string_view> splitFromRight(
    std::string_view text, std::optional<std::string_view> separator, std::int64_t most);
std::vector<std::string_view> splitLines(std::string_view text, bool keepEnds);

// str.count; the empty text is found before each code point and at the end.
std::size_t count(std::string_view text, std::string_view part);

enum class Case { Upper, Lower, Title, Capitalized };
// With the full mappings of Unicode, as str.upper, lower, title and capitalize.
std::string inCase(std::string_view text, Case wanted);

enum class CharacterClass { Alpha, Digit, Decimal, Alphanumeric, Space, Lower, Upper };
// str.isalpha and its like.
bool consistsOf(std::string_view text, CharacterClass wanted);
// str.isprintable of one code point: repr() writes the others as escapes.
bool isPrintable(char32_t codePoint);

} // namespace ahascope::text::jinja
