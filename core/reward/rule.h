// One rule of a reward recipe: a score for each completion of a group, with a reason.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/analysis/answer_changes.h"
#include "core/text/completion_parser.h"
#include "core/text/prompt_template.h"

namespace ahascope::reward {

enum class Status {
    Graded,        // there is a score; a wrong or unreadable prediction is graded 0, with the reason
    NotApplicable, // the rule has nothing to say of this sample: it adds nothing to the reward
    Ungraded,      // the grader could not work (gold answer unreadable ...): the sample has no reward
    Error          // the rule itself failed: the sample has no reward
};

std::string_view toString(Status status); // "graded", "not_applicable", "ungraded", "error"

struct Verdict {
    Status status = Status::Graded;
    std::optional<double> score; // present exactly when graded
    std::string reason;

    static Verdict graded(double score, std::string reason);
    static Verdict notApplicable(std::string reason);
    static Verdict ungraded(std::string reason);
    static Verdict error(std::string reason);

    bool operator==(const Verdict&) const = default;
};

// What a rule may see of one completion. Views must outlive the call; a group holds the samples of one prompt.
struct Sample {
    std::string_view prompt;                // as the model saw it
    std::string_view answer;                // gold
    const text::Columns* columns = nullptr; // the row's other columns; may be null
    const text::ParsedCompletion* completion = nullptr;
    std::optional<std::int64_t> completionTokens;
};

// Whether the answer is right, from rules of type "accuracy" alone. Null: could not be graded.
struct Correctness {
    std::optional<bool> strict;  // through the recipe's own extraction
    std::optional<bool> lenient; // the last number or expression wherever it stands
    std::string extracted; // the answer as the strict extraction read it; if it found none, as the lenient one did
    std::string vote;      // equal for answers that are the same however they are written; empty: no answer
    analysis::Transitions transitions; // over the candidate answers of the chain of thought and the answer itself

    bool operator==(const Correctness&) const = default;
};

struct Judgement {
    Verdict verdict;
    std::optional<Correctness> correctness; // of accuracy rules
};

class Rule {
public:
    virtual ~Rule() = default;
    // One judgement for each sample, in order. Const and without state: any thread may call it. May throw; the recipe
    // turns that into status Error.
    virtual std::vector<Judgement> judge(std::span<const Sample> group) const = 0;
};

// A value of a rule's option as TOML has it.
using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
using Options = std::vector<std::pair<std::string, OptionValue>>;

const OptionValue* findOption(const Options& options, std::string_view name); // null if there is none

struct RuleOption {
    std::string name;
    OptionValue fallback;             // its type is the option's type
    std::vector<std::string> choices; // of a text option; empty: any text
    std::string help;
};

// A registered type of rule ("accuracy", "format").
struct RuleType {
    std::string type;
    std::string help;
    std::vector<RuleOption> options;
    // Gets every option, fallbacks filled in, types and choices checked.
    std::function<std::unique_ptr<Rule>(const Options&)> make;
};

// Every type of rule there is, sorted by name. One line each in rule_types.cpp.
const std::vector<RuleType>& ruleTypes();

} // namespace ahascope::reward
