// Whole numbers as models write them: 1,234 · -5 · $18 · 18 dollars · 18.00 · #### 42 after GSM8K's mark · \boxed{7}.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/reward/verification.h"

namespace ahascope::reward {

// The one whole number that a text states, as plain digits with a minus sign if there is one ("-1234"). What follows
// the last "####" counts alone if there is one; so does the inside of the last \boxed{}, and what follows the last "=".
// None if there is no number, several that differ, one that is not whole (3.5, 3/4), or one of more than 1000 digits.
std::optional<std::string> readInteger(std::string_view text);

// Null if the gold answer states no whole number. The prediction must state exactly one, which is what is extracted:
// its digits. Linear.
Verification verifyInteger(std::string_view gold, std::string_view answer);

// The last number in a text of any kind.
Verification verifyIntegerLeniently(std::string_view gold, std::string_view text);

} // namespace ahascope::reward
