// How much of a text says what it has said before.
#pragma once

#include <cstddef>
#include <string_view>

namespace ahascope::analysis {

// 1 - distinct n-grams / all n-grams of the text's units: 0 for a text without repetition, near 1 for a loop. open-r1
// and TRL take n = 3, which finds a third of a sound long chain repeated; 6 finds a tenth of it and two thirds of a
// loop. Units are runs of letters, runs of digits, and every other character alone, a Chinese one too; case and white
// space do not matter. 0 if there are fewer than n units. Linear; any bytes.
double repetition(std::string_view text, std::size_t n = 6);

} // namespace ahascope::analysis
