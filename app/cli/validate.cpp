#include <iostream>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "core/config/toml.h"
#include "core/pipeline/preflight.h"

namespace ahascope::cli {

namespace {

using Json = nlohmann::ordered_json;

Json toJson(const pipeline::Preflight& preflight)
{
    Json problems = Json::array();
    for (const Problem& problem : preflight.problems)
        problems.push_back({{"where", problem.where}, {"message", problem.message}, {"remedy", problem.remedy}});
    const pipeline::MemoryPlan& memory = preflight.memory;
    Json tokens = Json::array();
    for (const pipeline::TokenPiece& piece : preflight.firstTokens)
        tokens.push_back({{"id", piece.id}, {"text", piece.text}});
    Json evaluation = Json::object();
    for (const auto& [set, rows] : preflight.evalRows)
        evaluation[set] = rows;
    return {{"valid", preflight.problems.empty()}, {"problems", problems}, {"model", preflight.modelSummary},
        {"device", {{"id", preflight.device}, {"name", preflight.deviceName}, {"note", preflight.deviceNote}}},
        {"train_rows", preflight.trainRows}, {"eval_rows", evaluation},
        {"memory",
            {{"weights", memory.weights}, {"gradients", memory.gradients}, {"optimizer", memory.optimizer},
                {"reference", memory.reference}, {"rollout_cache", memory.rolloutCache},
                {"activations", memory.activations}, {"saving", memory.saving}, {"peak", memory.peak},
                {"available", memory.available}}},
        {"prompt", preflight.firstPrompt}, {"tokens", tokens}};
}

std::string mebibytes(std::uint64_t bytes)
{
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

void print(const pipeline::Preflight& preflight)
{
    const pipeline::MemoryPlan& memory = preflight.memory;
    std::cout << "model    " << preflight.modelSummary << "\ndata     " << preflight.trainRows << " training problems";
    for (const auto& [set, rows] : preflight.evalRows)
        std::cout << ", " << rows << " held out in " << set;
    if (memory.peak > 0 && memory.available > 0)
        std::cout << "\nmemory   " << mebibytes(memory.peak) << " at most of " << mebibytes(memory.available)
                  << ": weights " << mebibytes(memory.weights) << ", gradients " << mebibytes(memory.gradients)
                  << ", optimizer " << mebibytes(memory.optimizer) << ", reference " << mebibytes(memory.reference)
                  << ", rollout " << mebibytes(memory.rolloutCache) << ", activations " << mebibytes(memory.activations)
                  << ", saving " << mebibytes(memory.saving);
    if (!preflight.device.empty())
        std::cout << "\ndevice   " << preflight.device << ": " << preflight.deviceName;
    if (!preflight.deviceNote.empty())
        std::cout << " (" << preflight.deviceNote << ')';
    std::cout << "\nprompt   " << preflight.firstPrompt << "\ntokens  ";
    for (const pipeline::TokenPiece& piece : preflight.firstTokens)
        std::cout << ' ' << piece.id << "=\"" << piece.text << '"';
    std::cout << '\n';
}

} // namespace

void addValidate(CLI::App& app, const Common&)
{
    struct Arguments {
        std::string file;
        std::vector<std::string> settings;
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command
        = app.add_subcommand("validate", "Check an experiment and show what it would do, without running it");
    command->add_option("experiment", arguments->file, "Experiment file (TOML)")->required();
    command->add_option("--set", arguments->settings, "path.to.key=value, as often as needed")->allow_extra_args(false);
    command->add_flag("--json", arguments->json, "Write JSON");
    command->callback([arguments] {
        pipeline::Preflight preflight;
        try {
            preflight = pipeline::preflight(config::loadExperiment(arguments->file, arguments->settings));
        } catch (const InputError& error) {
            preflight.problems = error.problems();
        }
        if (arguments->json)
            std::cout << toJson(preflight).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
        else if (!preflight.firstTokens.empty())
            print(preflight);
        for (const Problem& problem : preflight.problems)
            std::cerr << toString(problem) << '\n';
        if (!preflight.problems.empty())
            throw Exit{BadInput};
    });
}

} // namespace ahascope::cli
