#include "ui/models/dry_run.h"

#include <algorithm>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

#include "core/pipeline/scoring.h"
#include "core/reward/recipe.h"
#include "core/store/run_reader.h"

namespace ahascope::ui {

namespace {

// The recipe, or the problems that keep it from being made.
std::optional<reward::Recipe> recipeOf(const config::Experiment& experiment, std::vector<Problem>& problems)
{
    try {
        return pipeline::recipeOf(experiment, pipeline::templateOf(experiment).format());
    } catch (const InputError& error) {
        problems = error.problems();
        return std::nullopt;
    }
}

// A stored sample's other columns, as the rules get them.
text::Columns columnsOf(const std::string& object)
{
    text::Columns columns;
    const auto json = nlohmann::ordered_json::parse(object, nullptr, false);
    if (json.is_object())
        for (const auto& [name, value] : json.items())
            columns.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    return columns;
}

bool isDead(const std::vector<std::optional<double>>& rewards)
{
    std::optional<double> first;
    for (const std::optional<double>& reward : rewards) {
        if (!reward)
            continue;
        if (first && *first != *reward)
            return false;
        first = reward;
    }
    return true;
}

std::string otherReason(const pipeline::Sample& before, const reward::Scored& after, const reward::Recipe& recipe)
{
    for (std::size_t k = 0; k < after.rules.size(); ++k) {
        const std::string& name = recipe.specs()[k].name;
        const auto old = std::find_if(
            before.scores.begin(), before.scores.end(), [&](const pipeline::RuleScore& s) { return s.rule == name; });
        if (old == before.scores.end() || old->score != after.rules[k].score)
            return name + ": " + after.rules[k].reason;
    }
    return {};
}

} // namespace

DryRun dryRun(const config::Experiment& experiment, const DryRunInput& input)
{
    DryRun result;
    const auto recipe = recipeOf(experiment, result.problems);
    if (!recipe)
        return result;
    const text::Columns columns = input.columns;
    const reward::Candidate candidate{input.prompt, input.completion, input.answer, &columns, input.endedByItself, {}};
    const reward::Scored scored = recipe->scoreGroup({&candidate, 1}).front();
    for (std::size_t k = 0; k < scored.rules.size(); ++k) {
        const reward::Verdict& verdict = scored.rules[k];
        result.rules.push_back({recipe->specs()[k].name, recipe->specs()[k].weight,
            std::string(reward::toString(verdict.status)), verdict.score, verdict.reason});
    }
    result.reward = scored.reward;
    result.correct = scored.correct;
    result.extracted = scored.extracted;
    result.formatReason = scored.parsed.wellFormed ? std::string() : scored.parsed.formatReason;
    return result;
}

Rescoring rescoreLatest(store::RunReader& reader, const config::Experiment& experiment)
{
    Rescoring result;
    const auto recipe = recipeOf(experiment, result.problems);
    const auto set = reader.sampleSetAt(store::SampleKind::Rollout, std::numeric_limits<std::int64_t>::max());
    if (!recipe || !set)
        return result;
    result.globalStep = set->globalStep;
    store::SampleQuery query;
    query.kind = store::SampleKind::Rollout;
    query.firstGlobalStep = query.lastGlobalStep = set->globalStep;
    std::map<std::int32_t, std::int64_t> anyOfGroup;
    for (const store::SampleRow& row : reader.rows(reader.sampleIds(query), 0))
        anyOfGroup.emplace(row.group, row.id);
    for (const auto& [number, id] : anyOfGroup) {
        const std::vector<store::SampleDetail> group = reader.group(id);
        std::vector<reward::Candidate> candidates;
        std::vector<text::Columns> columns(group.size());
        for (std::size_t k = 0; k < group.size(); ++k) {
            const pipeline::Sample& s = group[k].sample;
            columns[k] = columnsOf(s.columns);
            candidates.push_back({s.prompt, s.completion, s.answer, &columns[k],
                s.finish == pipeline::FinishReason::Stop, static_cast<std::int64_t>(s.ids.size())});
        }
        const std::vector<reward::Scored> scored = recipe->scoreGroup(candidates);
        std::vector<std::optional<double>> before;
        std::vector<std::optional<double>> after;
        for (std::size_t k = 0; k < group.size(); ++k) {
            const pipeline::Sample& s = group[k].sample;
            before.push_back(s.reward);
            after.push_back(scored[k].reward);
            result.samples.push_back({group[k].row.id, s.completion.substr(0, 200), s.reward, scored[k].reward,
                s.correct, scored[k].correct.value_or(false), otherReason(s, scored[k], *recipe)});
        }
        ++result.groups;
        result.deadGroupsBefore += isDead(before) ? 1 : 0;
        result.deadGroupsAfter += isDead(after) ? 1 : 0;
    }
    return result;
}

} // namespace ahascope::ui
