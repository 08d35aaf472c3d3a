// The byte-level alphabet of GPT-2: every byte has a printable code point, so that a vocabulary of byte strings can be
// written as text. Printable Latin-1 stands for itself, the 68 other bytes are U+0100 .. U+0143 in order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ahascope::text {

// "Ġthe" for " the".
std::string spelledBytes(std::string_view bytes);
// " the" for "Ġthe"; nothing when a code point of `spelling` (well-formed UTF-8) is not in the alphabet.
std::optional<std::string> bytesOfSpelling(std::string_view spelling);

} // namespace ahascope::text
