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
    std::int64_t sequences, std::int64_t longestPrompt, std::int64_t longestCompletion)
{
    rollout::GeneratorCapacity capacity;
    capacity.slots = std::clamp<std::int64_t>(sequences, 1, 192);
    capacity.maxPromptTokens = longestPrompt;
    capacity.maxNewTokens = longestCompletion;
    capacity.tokensPerLook = 4;
    return capacity;
}

namespace {

rollout::GeneratorCapacity capacityFor(const PolicyModel& policy, rollout::GeneratorCapacity capacity)
{
    capacity.weights = policy.parameters->stored();
    return capacity;
}

} // namespace

Sampler::Sampler(const PolicyModel& policy, const text::PromptTemplate& prompt, rollout::GeneratorCapacity capacity)
    : m_policy(policy)
    , m_stop(policy.tokenizer, prompt.stop())
    , m_generator(policy.parameters->backend(), policy.config, capacityFor(policy, capacity))
{
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
    rollout::GenerationResult result = m_generator.generate(*m_policy.parameters, requests, options);
    if (result.cancelled)
        return std::nullopt;

    std::vector<SampledGroup> groups;
    groups.reserve(problems.size());
    for (std::size_t i = 0; i < problems.size(); ++i)
        groups.push_back({&problems[i], std::move(requests[i].keys), std::move(result.completions[i])});
    return groups;
}

} // namespace ahascope::pipeline
