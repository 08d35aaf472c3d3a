// UTF-8 as Unicode 15, section 3.9: decoding, checking and repair. An ill-formed sequence becomes one U+FFFD per
// maximal subpart, as in Python's errors="replace".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text {

struct CodePoint {
    char32_t value = 0;
    std::uint8_t bytes = 0; // that it takes in the text, 1 to 4
    bool wellFormed = true; // false: value is U+FFFD and `bytes` is the length of the maximal subpart
};

// The code point that begins at byte `at` < text.size().
CodePoint codePointAt(std::string_view text, std::size_t at);

bool isUtf8(std::string_view text);
// The text with every ill-formed sequence replaced.
std::string repairedUtf8(std::string_view text);
// Length of `text` without a last code point of which only the first bytes are there.
std::size_t completeUtf8Length(std::string_view text);

void appendUtf8(std::string& text, char32_t codePoint);

std::size_t countCodePoints(std::string_view text);
// Byte offset of every code point, then text.size(): entry i is where code point i begins.
std::vector<std::size_t> codePointStarts(std::string_view text);

} // namespace ahascope::text
