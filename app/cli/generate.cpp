#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/json_lines.h"
#include "app/cli/model_argument.h"
#include "app/cli/token_ids.h"
#include "core/pipeline/stop_strings.h"
#include "core/problem.h"
#include "core/rollout/generator.h"
#include "core/rollout/sequence_key.h"

namespace ahascope::cli {

namespace {

struct Arguments : ModelArguments {
    std::int64_t maxNewTokens = 256;
    double temperature = 1.0;
    double topP = 1.0;
    std::int64_t topK = 0;
    std::uint64_t seed = 0;
    std::int64_t samples = 1;
    std::vector<std::string> stop;
};

std::vector<std::int32_t> promptIds(const nlohmann::json& in, const pipeline::PolicyModel& policy)
{
    if (in.contains("ids"))
        return tokenIds(in, policy.config);
    auto prompt = in.find("prompt");
    if (prompt == in.end() || !prompt->is_string())
        throw InputError({"prompt", "the line has neither a prompt nor ids", "write {\"prompt\": \"...\"}"});
    std::vector<std::int32_t> ids = policy.tokenizer->encode(prompt->get<std::string>());
    if (ids.empty())
        throw InputError({"prompt", "it is empty", "give the model at least one token"});
    return ids;
}

class Generation {
public:
    Generation(const Arguments& arguments, const LoadedModel& model)
        : m_arguments(arguments)
        , m_model(model)
        , m_stop(model.policy.tokenizer, arguments.stop)
        , m_generator(*model.backend, model.policy.config, capacity(arguments, model.policy.config))
    {
    }

    nlohmann::ordered_json answer(const nlohmann::json& in)
    {
        const pipeline::PolicyModel& policy = m_model.policy;
        rollout::GenerationRequest request;
        request.prompt = promptIds(in, policy);
        auto length = static_cast<std::int64_t>(request.prompt.size());
        if (length >= policy.config.contextLength())
            throw InputError({"prompt",
                "it fills all of the model's " + std::to_string(policy.config.contextLength()) + " positions",
                "shorten it"});
        request.maxNewTokens = std::min(m_arguments.maxNewTokens, policy.config.contextLength() - length);
        for (std::int64_t sample = 0; sample < m_arguments.samples; ++sample)
            request.keys.push_back(rollout::sequenceKey({.seed = m_arguments.seed,
                .purpose = rollout::Purpose::Interactive,
                .row = m_line,
                .sample = static_cast<std::uint64_t>(sample)}));
        ++m_line;
        auto result = m_generator.generate(*policy.parameters, std::span(&request, 1), options());
        nlohmann::ordered_json completions = nlohmann::ordered_json::array();
        for (const rollout::Completion& completion : result.completions.front())
            completions.push_back({{"text", policy.tokenizer->decode(completion.tokens, {.skipSpecial = true})},
                {"ids", completion.tokens}, {"logprobs", completion.logProbs},
                {"finish_reason", completion.finishReason == rollout::FinishReason::Stop ? "stop" : "length"}});
        return {{"completions", completions}};
    }

private:
    static rollout::GeneratorCapacity capacity(const Arguments& arguments, const model::ModelConfig& config)
    {
        return {.slots = std::min<std::int64_t>(arguments.samples, 64),
            .maxPromptTokens = config.contextLength() - 1,
            .maxNewTokens = std::min(arguments.maxNewTokens, config.contextLength() - 1)};
    }

    rollout::GenerationOptions options() const
    {
        rollout::GenerationOptions options;
        options.sampling = {.temperature = static_cast<float>(m_arguments.temperature),
            .topK = static_cast<std::int32_t>(m_arguments.topK),
            .topP = static_cast<float>(m_arguments.topP),
            .reportTemperature = 1.0f};
        options.endTokens = m_model.policy.special.end;
        if (!m_stop.empty())
            options.stopMatcher = [this](std::size_t, std::size_t, std::span<const std::int32_t> tokens) {
                return m_stop.completedBy(tokens);
            };
        return options;
    }

    const Arguments& m_arguments;
    const LoadedModel& m_model;
    pipeline::StopStrings m_stop;
    rollout::Generator m_generator;
    std::uint64_t m_line = 0; // of the input: keeps the randomness of lines apart
};

} // namespace

void addGenerate(CLI::App& app, const Common& common)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("generate", "JSON lines {prompt} or {ids} to {completions}");
    addModelOptions(*command, *arguments);
    addSamplingOptions(
        *command, {arguments->temperature, arguments->topP, arguments->topK, arguments->seed, arguments->maxNewTokens});
    command->add_option("--samples", arguments->samples, "Completions per prompt")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--stop", arguments->stop, "End at this text, which stays in the completion")
        ->allow_extra_args(false);
    command->callback([arguments, &common] {
        LoadedModel model = loadModel(*arguments, common.threads);
        Generation generation(*arguments, model);
        throw Exit{filterJsonLines([&](const nlohmann::json& in) { return generation.answer(in); })};
    });
}

} // namespace ahascope::cli
