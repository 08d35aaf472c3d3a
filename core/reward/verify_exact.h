// Answers that must be the same text, white space aside.
#pragma once

#include <string_view>

#include "core/reward/verification.h"

namespace ahascope::reward {

// Equal after trimming both and turning every run of white space into one space. Null if the gold answer is blank.
Verification verifyExact(std::string_view gold, std::string_view answer);

// The text ends with the gold answer, as whole words; a full stop and closing marks after it do not matter.
Verification verifyExactLeniently(std::string_view gold, std::string_view text);

} // namespace ahascope::reward
