// Rule "accuracy": 1 if the answer is right, else 0. Rules of this type define what is correct.
#pragma once

#include "core/reward/rule.h"

namespace ahascope::reward {

// Options: kind = countdown | exact | integer; number_use = exactly_once | at_most_once (countdown only).
RuleType accuracyRule();

} // namespace ahascope::reward
