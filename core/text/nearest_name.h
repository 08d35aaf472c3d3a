// The known name that a mistyped one was probably meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ahascope::text {

// The name with the smallest edit distance (insert, delete, replace, swap of neighbours), the first of equals; empty if
// even the nearest differs in more than a third of its letters (two at least) or `name` is longer than 128 bytes.
std::string nearestName(std::string_view name, std::span<const std::string> known);

// "did you mean "stop"?", or "known: a, b, c" when nothing is near.
std::string nameRemedy(std::string_view name, std::span<const std::string> known);

} // namespace ahascope::text
