#include "core/pipeline/sampling.h"

#include <algorithm>
#include <utility>

namespace ahascope::pipeline {

namespace {

rollout::GenerationRequest requestFor(const PromptedProblem& problem, const SamplingPlan& plan)
{
    rollout::GenerationRequest request;
    request.prompt = problem.ids;
    request.maxNewTokens = plan.maxNewTokens;
    rollout::KeyParts key = plan.key;
    key.row = static_cast<std::uint64_t>(problem.row);
    for (std::int64_t sample = 0; sample < plan.samples; ++sample) {
        key.sample = static_cast<std::uint64_t>(sample);
        request.keys.push_back(rollout::sequenceKey(key));
    }
    return request;
}

} // namespace

rollout::GeneratorCapacity generatorCapacity(
    const kernels::DecodeLoad& load, std::int64_t sequences, std::int64_t longestPrompt, std::int64_t longestCompletion)
{
    rollout::GeneratorCapacity capacity;
    capacity.slots = std::clamp<std::int64_t>(sequences, 1, load.sequences);
    capacity.maxPromptTokens = longestPrompt;
    capacity.maxNewTokens = longestCompletion;
    capacity.prefillTokens = load.prefillTokens;
    capacity.tokensPerLook = load.tokensPerLook;
    return capacity;
}

Sampler::Sampler(const PolicyModel& policy, const text::PromptTemplate& prompt, rollout::GeneratorCapacity capacity,
    SamplingRoom room)
    : m_policy(policy)
    , m_stop(policy.tokenizer, prompt.stop())
    , m_capacity(capacity)
    , m_room(std::move(room))
{
    m_capacity.weights = policy.parameters->stored();
    if (m_room.slots > 0)
        m_capacity.slots = std::min(m_capacity.slots, m_room.slots);
    withinMemory([this] { generator(); });
}

rollout::Generator& Sampler::generator()
{
    if (!m_generator)
        m_generator = std::make_unique<rollout::Generator>(m_policy.parameters->backend(), m_policy.config, m_capacity);
    return *m_generator;
}

void Sampler::withinMemory(const std::function<void()>& work)
{
    while (true) {
        try {
            return work();
        } catch (const kernels::OutOfMemory& error) {
            const std::int64_t before = m_capacity.slots;
            if (before == 1)
                throw;
            m_generator.reset(); // its memory first
            m_capacity.slots = before / 2;
            m_capacity.prefillTokens = std::max<std::int64_t>(1, m_capacity.prefillTokens / 2);
            if (m_room.halved)
                m_room.halved(before, m_capacity.slots, error.what());
        }
    }
}

std::optional<std::vector<SampledGroup>> Sampler::sample(
    std::span<const PromptedProblem> problems, const SamplingPlan& plan, const std::function<bool()>& cancelled)
{
    std::vector<rollout::GenerationRequest> requests;
    requests.reserve(problems.size());
    for (const PromptedProblem& problem : problems)
        requests.push_back(requestFor(problem, plan));

    rollout::GenerationOptions options;
    options.sampling = plan.sampling;
    options.endTokens = m_policy.special.end;
    options.progress = plan.progress;
    options.cancelled = cancelled;
    if (!m_stop.empty())
        options.stopMatcher = [this](std::size_t, std::size_t, std::span<const std::int32_t> tokens) {
            return m_stop.completedBy(tokens);
        };
    rollout::GenerationResult result;
    withinMemory([&] { result = generator().generate(*m_policy.parameters, requests, options); });
    if (result.cancelled)
        return std::nullopt;

    std::vector<SampledGroup> groups;
    groups.reserve(problems.size());
    for (std::size_t i = 0; i < problems.size(); ++i)
        groups.push_back({&problems[i], std::move(requests[i].keys), std::move(result.completions[i])});
    return groups;
}

} // namespace ahascope::pipeline
