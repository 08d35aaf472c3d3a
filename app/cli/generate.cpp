#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_lines.h"
#include "app/cli/model_argument.h"
#include "app/cli/token_ids.h"
#include "core/pipeline/interactive_model.h"
#include "core/problem.h"

namespace ahascope::cli {

namespace {

struct Arguments : ModelArguments {
    pipeline::AnswerRequest request{.maxNewTokens = 256}; // but for the prompt
};

// The request with the prompt of a line.
pipeline::AnswerRequest withPrompt(
    pipeline::AnswerRequest request, const nlohmann::json& in, const model::ModelConfig& config)
{
    if (in.contains("ids")) {
        request.ids = tokenIds(in, config);
        return request;
    }
    const auto prompt = in.find("prompt");
    if (prompt == in.end() || !prompt->is_string())
        throw InputError({"prompt", "the line has neither a prompt nor ids", "write {\"prompt\": \"...\"}"});
    request.prompt = prompt->get<std::string>();
    return request;
}

nlohmann::ordered_json answer(pipeline::InteractiveModel& model, const pipeline::AnswerRequest& request)
{
    nlohmann::ordered_json completions = nlohmann::ordered_json::array();
    for (const rollout::Completion& completion : model.answer(request))
        completions.push_back({{"text", model.policy().tokenizer->decode(completion.tokens, {.skipSpecial = true})},
            {"ids", completion.tokens}, {"logprobs", completion.logProbs},
            {"finish_reason", completion.finishReason == rollout::FinishReason::Stop ? "stop" : "length"}});
    return {{"completions", completions}};
}

} // namespace

void addGenerate(CLI::App& app, const Common& common)
{
    auto arguments = std::make_shared<Arguments>();
    pipeline::AnswerRequest& request = arguments->request;
    CLI::App* command = app.add_subcommand("generate", "JSON lines {prompt} or {ids} to {completions}");
    addModelOptions(*command, *arguments);
    addSamplingOptions(*command, {request.temperature, request.topP, request.topK, request.seed, request.maxNewTokens});
    command->add_option("--samples", request.samples, "Completions per prompt")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--stop", request.stop, "End at this text, which stays in the completion")
        ->allow_extra_args(false);
    command->callback([arguments, &common] {
        LoadedModel loaded = loadModel(*arguments, common.threads);
        pipeline::InteractiveModel model(std::move(loaded.backend), std::move(loaded.policy));
        throw Exit{filterJsonLines([&](const nlohmann::json& in) {
            const pipeline::AnswerRequest request = withPrompt(arguments->request, in, model.policy().config);
            nlohmann::ordered_json out = answer(model, request);
            ++arguments->request.row; // the next line draws anew
            return out;
        })};
    });
}

} // namespace ahascope::cli
