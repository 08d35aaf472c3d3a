// Replacing and padding in texts, as the methods of Python's str do, within a budget.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/text/jinja/budget.h"

namespace ahascope::text::jinja {

// str.replace(); `most` < 0: all.
std::string replaced(
    std::string_view text, std::string_view old, std::string_view with, std::int64_t most, Budget& budget);

enum class Padding { Left, Right, Both }; // where it is put: rjust, ljust, center
// To a width in code points.
std::string padded(const std::string& text, std::int64_t width, Padding side, std::string_view fill, Budget& budget);

} // namespace ahascope::text::jinja
