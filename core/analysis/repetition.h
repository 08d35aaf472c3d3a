// How much of a text says what it has said before.
#pragma once

#include <cstddef>
#include <string_view>

namespace ahascope::analysis {

// 1 - distinct n-grams / all n-grams of the text's units (open-r1 and TRL use n = 3): 0 for a text without repetition,
// near 1 for a loop. Units are runs of letters, runs of digits, and every other character alone, a Chinese one too;
// case and white space do not matter. 0 if there are fewer than n units. Linear; any bytes.
double repetition(std::string_view text, std::size_t n = 3);

} // namespace ahascope::analysis
