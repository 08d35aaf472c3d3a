// Rule "format": 1 if the completion is one think block and one answer block and nothing else, else 0.
#pragma once

#include "core/reward/rule.h"

namespace ahascope::reward {

RuleType formatRule(); // no options: the tags are the template's

} // namespace ahascope::reward
