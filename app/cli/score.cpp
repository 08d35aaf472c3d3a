#include <deque>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_columns.h"
#include "app/cli/json_lines.h"
#include "core/problem.h"
#include "core/reward/recipe_file.h"

namespace ahascope::cli {

namespace {

// One line, with what its candidate's views refer to.
struct Line {
    std::string prompt;
    std::string completion;
    std::string answer;
    text::Columns columns;
    reward::Candidate candidate;
};

bool endedByItself(const nlohmann::json& in)
{
    const std::string reason = optionalColumn(in, "finish_reason");
    if (!reason.empty() && reason != "stop" && reason != "length") {
        throw InputError(Problem{"finish_reason", "\"" + reason + "\" is not one of its values", "stop or length"});
    }
    return reason != "length";
}

std::optional<std::int64_t> completionTokens(const nlohmann::json& in)
{
    const auto found = in.find("completion_tokens");
    if (found == in.end() || found->is_null()) {
        return std::nullopt;
    }
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > 1'000'000'000) {
        throw InputError(Problem{"completion_tokens", "is not a count of tokens", "a whole number, at least 0"});
    }
    return found->get<std::int64_t>();
}

// Fills `line` in place: the candidate's views point into it.
void read(Line& line, const nlohmann::json& in)
{
    line.prompt = optionalColumn(in, "prompt");
    line.completion = requiredColumn(in, "completion");
    line.answer = optionalColumn(in, "answer");
    line.columns = columnsOf(in, {"prompt", "completion", "answer", "completion_tokens", "finish_reason", "group"});
    line.candidate
        = {line.prompt, line.completion, line.answer, &line.columns, endedByItself(in), completionTokens(in)};
}

nlohmann::ordered_json toJson(const reward::Scored& scored, const reward::Recipe& recipe)
{
    nlohmann::ordered_json rules = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < scored.rules.size(); ++i) {
        const reward::Verdict& verdict = scored.rules[i];
        const reward::RuleSpec& spec = recipe.specs()[i];
        nlohmann::ordered_json& rule = rules[spec.name];
        rule["score"] = verdict.score ? nlohmann::ordered_json(*verdict.score) : nlohmann::ordered_json(nullptr);
        rule["weight"] = spec.weight;
        rule["status"] = reward::toString(verdict.status);
        rule["reason"] = verdict.reason;
    }
    nlohmann::ordered_json out;
    out["reward"] = scored.reward ? nlohmann::ordered_json(*scored.reward) : nlohmann::ordered_json(nullptr);
    out["rules"] = std::move(rules);
    return out;
}

// A line that cannot be read is answered with its error; the others of its group are scored without it.
std::vector<nlohmann::ordered_json> answer(const std::vector<nlohmann::json>& group, const reward::Recipe& recipe)
{
    std::deque<Line> lines; // elements stay where they are
    std::vector<reward::Candidate> candidates;
    std::vector<std::size_t> places;
    std::vector<nlohmann::ordered_json> out(group.size());
    for (std::size_t i = 0; i < group.size(); ++i) {
        try {
            read(lines.emplace_back(), group[i]);
            candidates.push_back(lines.back().candidate);
            places.push_back(i);
        } catch (const InputError& error) {
            out[i] = errorAnswer(error);
        }
    }
    const std::vector<reward::Scored> scored = recipe.scoreGroup(candidates);
    for (std::size_t i = 0; i < scored.size(); ++i) {
        out[places[i]] = toJson(scored[i], recipe);
    }
    return out;
}

} // namespace

void addScore(CLI::App& app, const Common&)
{
    auto file = std::make_shared<std::string>();
    CLI::App* command
        = app.add_subcommand("score", "JSON lines {prompt, completion, answer, ...} to {reward, rules} of a recipe");
    command->add_option("--rules", *file, "Recipe or experiment (TOML)")->required();
    command->callback([file] {
        const reward::Recipe recipe = reward::loadRecipe(*file);
        throw Exit{filterJsonLineGroups([](const nlohmann::json& in) { return optionalColumn(in, "group"); },
            [&](const std::vector<nlohmann::json>& group) { return answer(group, recipe); })};
    });
}

} // namespace ahascope::cli
