#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/model_argument.h"
#include "app/cli/progress.h"
#include "app/cli/template_argument.h"
#include "core/formats/model_chat.h"
#include "core/pipeline/evaluation.h"
#include "core/reward/recipe_file.h"

namespace ahascope::cli {

namespace {

struct Arguments : ModelArguments {
    std::string data;
    std::string task;
    std::string templateFile;
    std::string rules;
    std::string question = "question";
    std::string answer = "answer";
    std::string answerPattern;
    std::string split = "auto";
    double heldOut = 0.1;
    std::int64_t maxNewTokens = 512;
    pipeline::EvaluationPlan plan;
    bool json = false;
};

void addOptions(CLI::App& command, Arguments& arguments)
{
    addModelOptions(command, arguments);
    auto* source = command.add_option_group("problems");
    source->add_option("--data", arguments.data, "Dataset file");
    source->add_option("--task", arguments.task, "Built-in task, its held-out problems");
    source->require_option(1);
    command.add_option("--template", arguments.templateFile, "Prompt template (text with {{prompt}})")->required();
    command.add_option("--rules", arguments.rules, "Recipe or experiment (TOML)")->required();
    command.add_option("--question", arguments.question, "Column of the question")->capture_default_str();
    command.add_option("--answer", arguments.answer, "Column of the answer")->capture_default_str();
    command.add_option(
        "--answer-pattern", arguments.answerPattern, "Regular expression whose first group is the answer");
    command
        .add_option("--split", arguments.split, "Which problems; auto: the held-out ones of a task, all rows of a file")
        ->check(CLI::IsMember({"auto", "all", "train", "held_out"}))
        ->capture_default_str();
    command.add_option("--held-out", arguments.heldOut, "Share of problems that are held out")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--rows", arguments.plan.rows, "Problems, evenly chosen; 0 = all")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}))
        ->capture_default_str();
    command.add_option("--samples", arguments.plan.samples, "Completions per problem")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    addSamplingOptions(command,
        {arguments.plan.temperature, arguments.plan.topP, arguments.plan.topK, arguments.plan.seed,
            arguments.maxNewTokens});
    command.add_flag("--json", arguments.json, "Write JSON");
}

config::Experiment experimentFor(const Arguments& arguments)
{
    config::Experiment experiment;
    experiment.data.heldOut = arguments.heldOut;
    config::DataSource source;
    source.task = arguments.task;
    source.path = arguments.data;
    source.question = arguments.question;
    source.answer = arguments.answer;
    source.answerPattern = arguments.answerPattern;
    source.split = arguments.split;
    experiment.data.eval.push_back({"eval", source});
    return experiment;
}

void print(const pipeline::Evaluated& evaluated, std::size_t problems)
{
    auto value = [&](const char* name) { return pipeline::find(evaluated.metrics, name).value_or(0); };
    std::cout << fmt::format("{} problems, {} completions\n", problems, evaluated.samples->size());
    std::cout << fmt::format("{:<32} {:.4f}  [{:.4f}, {:.4f}]\n", "pass@1, 95 % interval", value("eval/pass@1"),
        value("eval/pass@1_low"), value("eval/pass@1_high"));
    for (const auto& [name, number] : evaluated.metrics)
        if (!name.starts_with("eval/pass@1"))
            std::cout << fmt::format("{:<32} {:.4f}\n", name.substr(5), number);
}

void evaluate(Arguments& arguments, int threads)
{
    text::PromptTemplate prompt = loadTemplate(arguments.templateFile);
    if (prompt.chat() != nullptr)
        prompt = prompt.withModel(formats::readModelChat(arguments.model));
    reward::Recipe recipe(reward::loadRecipe(arguments.rules).specs(), prompt.format(), arguments.rules);
    LoadedModel model = loadModel(arguments, threads);
    config::Experiment experiment = experimentFor(arguments);
    pipeline::ProblemSource problems(pipeline::promptedProblems(
        experiment, experiment.data.eval.front().source, false, prompt, *model.policy.tokenizer));
    std::int64_t room = model.policy.config.contextLength() - problems.longestPrompt();
    if (room <= 0)
        throw InputError({"--data",
            "a prompt of " + std::to_string(problems.longestPrompt()) + " tokens fills the model's "
                + std::to_string(model.policy.config.contextLength()) + " positions",
            "use a shorter template"});
    arguments.plan.maxNewTokens = std::min(arguments.maxNewTokens, room);
    Progress progress;
    arguments.plan.progress = [&](const rollout::GenerationProgress& sampling) { progress.show(sampling); };
    auto evaluated = pipeline::evaluatePolicy(
        model.policy, prompt, pipeline::Scorer(std::move(recipe)), problems, "eval", arguments.plan, {});
    std::size_t count = problems.evenly(arguments.plan.rows).size();
    if (!arguments.json)
        return print(*evaluated, count);
    nlohmann::ordered_json out{{"problems", count}, {"completions", evaluated->samples->size()}};
    for (const auto& [name, number] : evaluated->metrics)
        out[name] = number;
    std::cout << out.dump(2) << '\n';
}

} // namespace

void addEval(CLI::App& app, const Common& common)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("eval", "Evaluate a model on held-out problems");
    addOptions(*command, *arguments);
    command->callback([arguments, &common] { evaluate(*arguments, common.threads); });
}

} // namespace ahascope::cli
