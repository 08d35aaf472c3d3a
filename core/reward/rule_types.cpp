#include "core/reward/rule.h"
#include "core/reward/rules/accuracy.h"
#include "core/reward/rules/format.h"

namespace ahascope::reward {

const std::vector<RuleType>& ruleTypes()
{
    static const std::vector<RuleType> types{
        accuracyRule(),
        formatRule(),
    };
    return types;
}

} // namespace ahascope::reward
