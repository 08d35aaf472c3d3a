#include "core/pipeline/scoring.h"

#include <nlohmann/json.hpp>

#include "core/analysis/language_mixing.h"
#include "core/analysis/reflections.h"
#include "core/analysis/repetition.h"
#include "core/formats/model_chat.h"

namespace ahascope::pipeline {

namespace {

std::string jsonOf(const text::Columns& columns)
{
    nlohmann::ordered_json out = nlohmann::ordered_json::object();
    for (const auto& [name, value] : columns)
        out[name] = value;
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RuleStatus statusOf(reward::Status status)
{
    switch (status) {
    case reward::Status::Graded:
        return RuleStatus::Graded;
    case reward::Status::NotApplicable:
        return RuleStatus::NotApplicable;
    case reward::Status::Ungraded:
        return RuleStatus::Ungraded;
    case reward::Status::Error:
        break;
    }
    return RuleStatus::Error;
}

// What the problem and the draw alone say of a sample.
Sample drawn(const SampledGroup& group, std::int32_t groupIndex, std::size_t index)
{
    const PromptedProblem& problem = *group.problem;
    const rollout::Completion& completion = group.completions[index];
    Sample sample;
    sample.row = problem.row;
    sample.problem = problem.id;
    sample.group = groupIndex;
    sample.index = static_cast<std::int32_t>(index);
    sample.question = problem.question;
    sample.answer = problem.answer;
    sample.columns = jsonOf(problem.columns);
    sample.prompt = problem.prompt;
    if (index == 0)
        sample.promptIds = problem.ids;
    sample.ids = completion.tokens;
    sample.logProbs = completion.logProbs;
    sample.entropies = completion.entropies;
    sample.key = group.keys[index];
    sample.finish = completion.finishReason == rollout::FinishReason::Stop ? FinishReason::Stop : FinishReason::Length;
    return sample;
}

void addScores(Sample& sample, const reward::Scored& scored, const reward::Recipe& recipe)
{
    for (std::size_t rule = 0; rule < scored.rules.size(); ++rule) {
        const reward::RuleSpec& spec = recipe.specs()[rule];
        const reward::Verdict& verdict = scored.rules[rule];
        sample.scores.push_back({spec.name, verdict.score, spec.weight, statusOf(verdict.status), verdict.reason});
    }
    sample.reward = scored.reward;
    sample.correct = scored.correct.value_or(false);
    sample.correctLenient = scored.correctLenient.value_or(false);
    sample.wellFormed = scored.parsed.wellFormed;
    sample.extracted = scored.extracted;
    sample.vote = scored.vote;
    sample.rescued = scored.transitions.rescued;
    sample.emptyThink = scored.parsed.emptyThink;
    sample.ungraded = scored.ungraded;
}

void addAnalysis(Sample& sample, const text::ParsedCompletion& parsed)
{
    std::string_view chain = parsed.chain.of(parsed.text);
    sample.reflections = static_cast<std::int32_t>(analysis::findReflections(chain).size());
    analysis::LanguageUse languages = analysis::languagesOf(chain);
    sample.mixed = languages.mixed;
    sample.mixing = languages.mixing;
    sample.targetRatio = languages.targetRatio;
    sample.repetition = analysis::repetition(chain);
}

} // namespace

Scorer::Scorer(const config::Experiment& experiment, const text::PromptTemplate& prompt)
    : m_recipe(recipeOf(experiment, prompt.format()))
{
}

Scorer::Scorer(reward::Recipe recipe) : m_recipe(std::move(recipe)) { }

std::vector<Sample> Scorer::score(const std::vector<SampledGroup>& groups, const text::Tokenizer& tokenizer) const
{
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < groups.size(); ++i)
        scoreGroup(groups[i], static_cast<std::int32_t>(i), tokenizer, samples);
    return samples;
}

void Scorer::scoreGroup(
    const SampledGroup& group, std::int32_t index, const text::Tokenizer& tokenizer, std::vector<Sample>& samples) const
{
    std::size_t begin = samples.size();
    for (std::size_t i = 0; i < group.completions.size(); ++i) {
        Sample& sample = samples.emplace_back(drawn(group, index, i));
        sample.completion = tokenizer.decode(sample.ids, {.skipSpecial = true});
    }
    std::vector<reward::Candidate> candidates;
    for (std::size_t i = begin; i < samples.size(); ++i)
        candidates.push_back({samples[i].prompt, samples[i].completion, samples[i].answer, &group.problem->columns,
            samples[i].finish == FinishReason::Stop, static_cast<std::int64_t>(samples[i].ids.size())});
    std::vector<reward::Scored> scored = m_recipe.scoreGroup(candidates);
    for (std::size_t i = 0; i < scored.size(); ++i) {
        addScores(samples[begin + i], scored[i], m_recipe);
        addAnalysis(samples[begin + i], scored[i].parsed);
    }
}

text::PromptTemplate templateOf(const config::Experiment& experiment)
{
    const std::string& text = experiment.prompt.text;
    std::string where = experiment.prompt.file.empty() ? "template" : experiment.prompt.file.string();
    text::PromptTemplate prompt
        = text::PromptTemplate::parse(text.empty() ? text::r1ZeroTemplate() : std::string_view(text), where);
    if (prompt.chat() == nullptr)
        return prompt;
    return prompt.withModel(
        experiment.model.path.empty() ? text::ModelChat() : formats::readModelChat(experiment.model.path));
}

config::Experiment withWholeTemplate(config::Experiment experiment)
{
    const text::PromptTemplate prompt = templateOf(experiment);
    if (prompt.chat() != nullptr)
        experiment.prompt.text = prompt.chatText();
    return experiment;
}

reward::Recipe recipeOf(const config::Experiment& experiment, const text::CompletionFormat& format)
{
    std::vector<reward::RuleSpec> specs;
    for (const config::Rule& rule : experiment.rules)
        specs.push_back({rule.type, rule.name, rule.weight, rule.options});
    return reward::Recipe(std::move(specs), format, "rule");
}

} // namespace ahascope::pipeline
