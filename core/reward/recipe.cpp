#include "core/reward/recipe.h"

#include <algorithm>
#include <cmath>
#include <exception>

#include "core/text/nearest_name.h"
#include "core/text/white_space.h"

namespace ahascope::reward {

namespace {

const RuleType* findType(const std::string& name)
{
    const auto& types = ruleTypes();
    const auto found = std::find_if(types.begin(), types.end(), [&](const RuleType& t) { return t.type == name; });
    return found == types.end() ? nullptr : &*found;
}

std::string kindOf(const OptionValue& value)
{
    static constexpr std::array names{"true or false", "a whole number", "a number", "a text"};
    return names[value.index()];
}

// The option's value, a whole number made a real one where that is what the option is; none if it is not of its type.
std::optional<OptionValue> converted(const OptionValue& value, const RuleOption& option)
{
    if (value.index() == option.fallback.index()) {
        return value;
    }
    if (std::holds_alternative<double>(option.fallback) && std::holds_alternative<std::int64_t>(value)) {
        return static_cast<double>(std::get<std::int64_t>(value));
    }
    return std::nullopt;
}

class Reader {
public:
    explicit Reader(const std::string& where) : m_where(where) { }

    // Null if the specification has a problem.
    std::shared_ptr<const Rule> read(const RuleSpec& spec, std::size_t index)
    {
        const std::string place = m_where + "[" + std::to_string(index) + "]";
        const std::size_t before = m_problems.size();
        if (!std::isfinite(spec.weight)) {
            m_problems.push_back({place + ".weight", "is not a finite number", "1.0 is usual"});
        }
        if (std::find(m_names.begin(), m_names.end(), spec.name) != m_names.end()) {
            m_problems.push_back(
                {place + ".name", "\"" + spec.name + "\" is used twice", "give each rule a name of its own"});
        }
        m_names.push_back(spec.name);
        const RuleType* type = findType(spec.type);
        if (type == nullptr) {
            std::vector<std::string> known;
            for (const RuleType& each : ruleTypes()) {
                known.push_back(each.type);
            }
            m_problems.push_back({place + ".type", "there is no rule of type \"" + spec.type + "\"",
                text::nameRemedy(spec.type, known)});
            return nullptr;
        }
        const Options options = readOptions(spec.options, *type, place);
        return m_problems.size() == before ? type->make(options) : nullptr;
    }

    void finish(std::size_t rules)
    {
        if (rules == 0) {
            m_problems.push_back({m_where, "the recipe has no rule", "add one, e.g. type = \"accuracy\""});
        }
        if (!m_problems.empty()) {
            throw InputError(std::move(m_problems));
        }
    }

private:
    Options readOptions(const Options& given, const RuleType& type, const std::string& place)
    {
        std::vector<std::string> known;
        for (const RuleOption& option : type.options) {
            known.push_back(option.name);
        }
        for (const auto& [name, value] : given) {
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                m_problems.push_back({place + "." + name, "a rule of type \"" + type.type + "\" has no such option",
                    known.empty() ? "remove it: it has none" : text::nameRemedy(name, known)});
            }
        }
        Options filled;
        for (const RuleOption& option : type.options) {
            filled.emplace_back(option.name, readOption(given, option, place));
        }
        return filled;
    }

    OptionValue readOption(const Options& given, const RuleOption& option, const std::string& place)
    {
        const OptionValue* value = findOption(given, option.name);
        if (value == nullptr) {
            return option.fallback;
        }
        const auto fitting = converted(*value, option);
        if (!fitting) {
            m_problems.push_back({place + "." + option.name, "is not " + kindOf(option.fallback), option.help});
            return option.fallback;
        }
        const auto* chosen = std::get_if<std::string>(&*fitting);
        if (chosen != nullptr && !option.choices.empty()
            && std::find(option.choices.begin(), option.choices.end(), *chosen) == option.choices.end()) {
            m_problems.push_back({place + "." + option.name, "\"" + *chosen + "\" is not one of its values",
                text::nameRemedy(*chosen, option.choices)});
            return option.fallback;
        }
        return *fitting;
    }

    std::string m_where;
    std::vector<std::string> m_names;
    std::vector<Problem> m_problems;
};

// A rule's own failure becomes the status of each of its samples: it must not end the run.
std::vector<Judgement> judged(const Rule& rule, std::span<const Sample> group)
{
    std::string failure;
    try {
        std::vector<Judgement> judgements = rule.judge(group);
        if (judgements.size() == group.size()) {
            return judgements;
        }
        failure = "the rule returned " + std::to_string(judgements.size()) + " scores for "
            + std::to_string(group.size()) + " completions";
    } catch (const std::exception& error) {
        failure = error.what();
    }
    return std::vector<Judgement>(group.size(), Judgement{Verdict::error(failure), std::nullopt});
}

Verdict checked(Verdict verdict)
{
    if (verdict.status != Status::Graded) {
        verdict.score.reset();
        return verdict;
    }
    if (!verdict.score || !std::isfinite(*verdict.score)) {
        return Verdict::error("the rule's score is not a finite number");
    }
    return verdict;
}

bool failed(Status status)
{
    return status == Status::Ungraded || status == Status::Error;
}

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b)
{
    return a && b ? std::optional(*a && *b) : std::nullopt;
}

// What all rules together say of one completion.
class Total {
public:
    void add(double weight, const Judgement& judgement, Scored& scored)
    {
        const Verdict verdict = checked(judgement.verdict);
        scored.ungraded = scored.ungraded || failed(verdict.status);
        if (weight != 0.0) {
            m_lost = m_lost || failed(verdict.status);
            if (verdict.score) {
                m_sum += weight * *verdict.score;
                m_any = true;
            }
        }
        if (judgement.correctness && verdict.status != Status::NotApplicable) {
            const Correctness& correctness = *judgement.correctness;
            const bool first = !m_accuracy;
            scored.correct = first ? correctness.strict : both(scored.correct, correctness.strict);
            scored.correctLenient = first ? correctness.lenient : both(scored.correctLenient, correctness.lenient);
            if (first) {
                scored.extracted = correctness.extracted;
                scored.vote = correctness.vote;
                scored.transitions = correctness.transitions;
            }
            m_accuracy = true;
        }
        scored.rules.push_back(verdict);
    }

    std::optional<double> reward() const { return m_any && !m_lost ? std::optional(m_sum) : std::nullopt; }

private:
    double m_sum = 0.0;
    bool m_any = false;
    bool m_lost = false;
    bool m_accuracy = false;
};

} // namespace

Recipe::Recipe(std::vector<RuleSpec> specs, text::CompletionFormat format, const std::string& where)
    : m_specs(std::move(specs))
    , m_format(std::move(format))
{
    Reader reader(where);
    for (std::size_t i = 0; i < m_specs.size(); ++i) {
        RuleSpec& spec = m_specs[i];
        if (text::isBlank(spec.name)) {
            spec.name = spec.type;
        }
        m_rules.push_back(reader.read(spec, i));
    }
    reader.finish(m_specs.size());
}

std::vector<Scored> Recipe::scoreGroup(std::span<const Candidate> group) const
{
    std::vector<Scored> scored(group.size());
    std::vector<Sample> samples;
    samples.reserve(group.size());
    for (std::size_t i = 0; i < group.size(); ++i) {
        const Candidate& candidate = group[i];
        scored[i].parsed = text::parseCompletion(candidate.completion, m_format, candidate.endedByItself);
        samples.push_back(
            {candidate.prompt, candidate.answer, candidate.columns, &scored[i].parsed, candidate.completionTokens});
    }
    std::vector<Total> totals(group.size());
    for (std::size_t rule = 0; rule < m_rules.size(); ++rule) {
        const std::vector<Judgement> judgements = judged(*m_rules[rule], samples);
        for (std::size_t i = 0; i < group.size(); ++i) {
            totals[i].add(m_specs[rule].weight, judgements[i], scored[i]);
        }
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
        scored[i].reward = totals[i].reward();
    }
    return scored;
}

} // namespace ahascope::reward
