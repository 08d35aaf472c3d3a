// White space as Unicode has it (property White_Space), in UTF-8 bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ahascope::text {

// Bytes of the white-space character that begins at `at`; 0 if none does. `at` < text.size().
std::size_t whiteSpaceLength(std::string_view text, std::size_t at);

bool isBlank(std::string_view text);

// Without the white space at both ends; a view into `text`.
std::string_view trim(std::string_view text);

// Trimmed, and every run of white space within replaced by one space.
std::string collapseWhiteSpace(std::string_view text);

} // namespace ahascope::text
