#include "core/reward/rules/format.h"

namespace ahascope::reward {

namespace {

class Format : public Rule {
public:
    std::vector<Judgement> judge(std::span<const Sample> group) const override
    {
        std::vector<Judgement> judgements;
        judgements.reserve(group.size());
        for (const Sample& sample : group) {
            const text::ParsedCompletion& parsed = *sample.completion;
            std::string kept = parsed.emptyThink ? "well formed, with nothing thought" : "well formed";
            judgements.push_back(
                {parsed.wellFormed ? Verdict::graded(1.0, std::move(kept)) : Verdict::graded(0.0, parsed.formatReason),
                    std::nullopt});
        }
        return judgements;
    }
};

} // namespace

RuleType formatRule()
{
    RuleType type;
    type.type = "format";
    type.help = "1 if the completion is exactly one think block, then exactly one answer block, with only white space "
                "around them, and ended by itself; else 0.";
    type.make = [](const Options&) -> std::unique_ptr<Rule> { return std::make_unique<Format>(); };
    return type;
}

} // namespace ahascope::reward
