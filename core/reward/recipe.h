// A reward recipe: weighted rules, and what they make of the completions of a group.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.h"
#include "core/reward/rule.h"

namespace ahascope::reward {

// A rule as a file names it.
struct RuleSpec {
    std::string type;    // a registered type
    std::string name;    // unique in the recipe; empty: the type
    double weight = 1.0; // 0: measured, not rewarded
    Options options;

    bool operator==(const RuleSpec&) const = default;
};

// One completion to be scored. Views must outlive the call.
struct Candidate {
    std::string_view prompt;
    std::string_view completion; // without the template's prefill
    std::string_view answer;     // gold
    const text::Columns* columns = nullptr;
    bool endedByItself = true; // by a stop token or string, not cut off at a length
    std::optional<std::int64_t> completionTokens;
};

struct Scored {
    std::vector<Verdict> rules; // in the recipe's order
    // Sum of weight * score over the graded rules. None when a rule of weight other than 0 is ungraded or failed, or no
    // such rule applies: the sample is then left out of its group (mean, deviation and loss).
    std::optional<double> reward;
    // By all accuracy rules that apply. None when there is none or one could not grade; evaluation counts that as
    // wrong.
    std::optional<bool> correct;
    std::optional<bool> correctLenient;
    std::string extracted; // answer as the first accuracy rule read it
    std::string vote;      // for a majority vote: equal for answers that are the same; empty: no answer, no vote
    analysis::Transitions transitions; // of the candidate answers on the way; rescued = first wrong, last right
    bool ungraded = false;             // some rule, of any weight, is ungraded or failed
    text::ParsedCompletion parsed;     // blocks, format rule, empty think
};

class Recipe {
public:
    // Throws InputError with every problem: unknown type or option (with the nearest known one), wrong type of a value,
    // a name used twice, a weight that is not finite, no rule. `where` begins each problem's place
    // ("experiment.toml: rule").
    Recipe(std::vector<RuleSpec> specs, text::CompletionFormat format, const std::string& where);

    // Scores the completions of one prompt together. Never throws for what a completion holds; safe from many threads.
    std::vector<Scored> scoreGroup(std::span<const Candidate> group) const;

    const std::vector<RuleSpec>& specs() const { return m_specs; } // names filled in
    const text::CompletionFormat& format() const { return m_format; }

private:
    std::vector<RuleSpec> m_specs;
    std::vector<std::shared_ptr<const Rule>> m_rules;
    text::CompletionFormat m_format;
};

} // namespace ahascope::reward
