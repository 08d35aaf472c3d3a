#include "core/pipeline/interactive_model.h"

#include <algorithm>

#include "core/pipeline/device.h"
#include "core/pipeline/stop_strings.h"
#include "core/problem.h"
#include "core/rollout/sequence_key.h"

namespace ahascope::pipeline {

namespace {

constexpr std::int64_t MostSlots = 64;
constexpr std::int64_t Rounding = 256; // tokens: a longer prompt does not make a new generator each time

rollout::GenerationRequest requestFor(const AnswerRequest& request, const PolicyModel& policy)
{
    rollout::GenerationRequest made;
    made.prompt = request.ids.empty() ? policy.tokenizer->encode(request.prompt) : request.ids;
    if (made.prompt.empty())
        throw InputError({"prompt", "it is empty", "give the model at least one token"});
    const auto length = static_cast<std::int64_t>(made.prompt.size());
    const std::int64_t context = policy.config.contextLength();
    if (length >= context)
        throw InputError({"prompt",
            "its " + std::to_string(length) + " tokens fill all of the model's " + std::to_string(context)
                + " positions",
            "shorten it"});
    made.maxNewTokens = std::min(request.maxNewTokens, context - length);
    for (std::int64_t sample = 0; sample < request.samples; ++sample)
        made.keys.push_back(rollout::sequenceKey({.seed = request.seed,
            .purpose = rollout::Purpose::Interactive,
            .row = request.row,
            .sample = static_cast<std::uint64_t>(sample)}));
    return made;
}

rollout::GeneratorCapacity capacityFor(const rollout::GenerationRequest& request, std::int64_t context)
{
    const auto rounded
        = [&](std::int64_t tokens) { return std::min((tokens + Rounding - 1) / Rounding * Rounding, context - 1); };
    return {.slots = std::min(static_cast<std::int64_t>(request.keys.size()), MostSlots),
        .maxPromptTokens = rounded(static_cast<std::int64_t>(request.prompt.size())),
        .maxNewTokens = rounded(request.maxNewTokens),
        .prefillTokens = 1, // there is one prompt, and room for a longest sequence anyway
        .tokensPerLook = 1};
}

bool holds(const rollout::GeneratorCapacity& has, const rollout::GeneratorCapacity& wanted)
{
    return has.slots >= wanted.slots && has.maxPromptTokens >= wanted.maxPromptTokens
        && has.maxNewTokens >= wanted.maxNewTokens;
}

} // namespace

InteractiveModel::InteractiveModel(const std::filesystem::path& model, const std::string& device, int threads)
    : m_backend(openDevice(device, threads).backend)
    , m_policy(loadPolicy(*m_backend, model, model::Gradients::None))
{
}

InteractiveModel::InteractiveModel(std::unique_ptr<kernels::Backend> backend, PolicyModel policy)
    : m_backend(std::move(backend))
    , m_policy(std::move(policy))
{
}

InteractiveModel::~InteractiveModel() = default;

std::vector<rollout::Completion> InteractiveModel::answer(const AnswerRequest& request, const AnswerListener& listener)
{
    const rollout::GenerationRequest made = requestFor(request, m_policy);
    std::vector<text::StreamDecoder> decoders(
        made.keys.size(), text::StreamDecoder(m_policy.tokenizer, {.skipSpecial = true}));
    const StopStrings stop(m_policy.tokenizer, request.stop);
    rollout::GenerationOptions options;
    options.sampling = {.temperature = static_cast<float>(request.temperature),
        .topK = static_cast<std::int32_t>(request.topK),
        .topP = static_cast<float>(request.topP),
        .reportTemperature = 1.0f};
    options.endTokens = m_policy.special.end;
    options.cancelled = listener.cancelled;
    if (!stop.empty())
        options.stopMatcher
            = [&](std::size_t, std::size_t, std::span<const std::int32_t> tokens) { return stop.completedBy(tokens); };
    if (listener.token)
        options.grown = [&](std::size_t, std::size_t sample, const rollout::Completion& completion) {
            const std::int32_t id = completion.tokens.back();
            listener.token(
                sample, {id, decoders[sample].push(id), completion.logProbs.back(), completion.entropies.back()});
        };
    if (listener.finished)
        options.finished = [&](std::size_t, std::size_t sample, const rollout::Completion& completion) {
            listener.finished(sample, completion.finishReason, decoders[sample].finish());
        };
    rollout::GenerationResult result = generatorFor(made).generate(*m_policy.parameters, std::span(&made, 1), options);
    return std::move(result.completions.front());
}

rollout::Generator& InteractiveModel::generatorFor(const rollout::GenerationRequest& request)
{
    rollout::GeneratorCapacity capacity = capacityFor(request, m_policy.config.contextLength());
    capacity.weights = m_policy.parameters->stored();
    if (!m_generator || !holds(m_generator->capacity(), capacity)) {
        m_generator.reset(); // its memory first
        m_generator = std::make_unique<rollout::Generator>(*m_backend, m_policy.config, capacity);
    }
    return *m_generator;
}

} // namespace ahascope::pipeline
