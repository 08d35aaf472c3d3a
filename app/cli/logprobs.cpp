#include <cmath>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_lines.h"
#include "app/cli/model_argument.h"
#include "app/cli/token_ids.h"
#include "core/train/supervised_trainer.h"

namespace ahascope::cli {

namespace {

nlohmann::ordered_json answer(const nlohmann::json& in, const LoadedModel& model)
{
    std::vector<std::vector<std::int32_t>> sequences{tokenIds(in, model.policy.config)};
    const std::vector<std::vector<float>> all = train::sequenceLogProbs(*model.policy.parameters, sequences);
    nlohmann::ordered_json logProbs = nlohmann::ordered_json::array();
    // The first token has nothing before it.
    for (float value : all.front())
        logProbs.push_back(std::isnan(value) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value));
    return {{"logprobs", logProbs}};
}

} // namespace

void addLogprobs(CLI::App& app, const Common& common)
{
    auto arguments = std::make_shared<ModelArguments>();
    CLI::App* command
        = app.add_subcommand("logprobs", "JSON lines {ids} to {logprobs} of each token given those before it");
    addModelOptions(*command, *arguments);
    command->callback([arguments, &common] {
        LoadedModel model = loadModel(*arguments, common.threads);
        throw Exit{filterJsonLines([&](const nlohmann::json& in) { return answer(in, model); })};
    });
}

} // namespace ahascope::cli
