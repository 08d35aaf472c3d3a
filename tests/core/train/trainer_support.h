// A tiny policy with its rollouts, and trainer state kept in memory.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include "core/rollout/generator.h"
#include "core/rollout/sequence_key.h"
#include "core/train/policy_trainer.h"
#include "kernels/devices.h"
#include "tests/core/model/tiny_model.h"

namespace ahascope::train {

inline std::vector<float> allValues(const model::Parameters& parameters)
{
    std::vector<float> values(static_cast<std::size_t>(parameters.trained().count()));
    parameters.backend().download(values.data(), parameters.trained().bytes());
    return values;
}

class StoredState {
public:
    template <typename Trainer>
    explicit StoredState(const Trainer& trainer)
    {
        trainer.save([&](const std::string& name, std::span<const std::byte> bytes) {
            if (!m_pieces.try_emplace(name, bytes.begin(), bytes.end()).second)
                throw std::runtime_error("twice: " + name);
        });
    }

    template <typename Trainer>
    void giveBack(Trainer& trainer) const
    {
        trainer.load([&](const std::string& name, std::span<std::byte> bytes) {
            const std::vector<std::byte>& piece = m_pieces.at(name);
            if (piece.size() != bytes.size())
                throw std::runtime_error("another size: " + name);
            std::ranges::copy(piece, bytes.begin());
        });
    }

    bool contains(const std::string& name) const { return m_pieces.contains(name); }
    bool operator==(const StoredState&) const = default;

private:
    std::map<std::string, std::vector<std::byte>> m_pieces;
};

// Four prompts with four samples each, advantages of both signs; the same for the same weights.
inline std::vector<PolicyGroup> sampleGroups(
    kernels::Backend& backend, const model::Parameters& policy, float temperature, std::uint64_t step = 0)
{
    std::vector<rollout::GenerationRequest> requests;
    for (std::uint64_t row = 0; row < 4; ++row) {
        rollout::GenerationRequest request;
        for (std::uint64_t i = 0; i < 2 + 9 * row; ++i)
            request.prompt.push_back(static_cast<std::int32_t>((5 * row + 3 * i + 1) % 37));
        for (std::uint64_t sample = 0; sample < 4; ++sample)
            request.keys.push_back(rollout::sequenceKey({7, 0, rollout::Purpose::Rollout, step, row, sample}));
        request.maxNewTokens = 24;
        requests.push_back(std::move(request));
    }
    rollout::GenerationOptions options;
    options.sampling.temperature = temperature;
    options.sampling.reportTemperature = temperature;
    options.endTokens = {5, 6};
    rollout::Generator generator(backend, policy.config(),
        {.slots = 6, .maxPromptTokens = 40, .maxNewTokens = 24, .tokensPerLook = 5, .weights = policy.stored()});
    const auto completions = generator.generate(policy, requests, options).completions;
    std::vector<PolicyGroup> groups;
    for (std::size_t row = 0; row < requests.size(); ++row) {
        PolicyGroup& group = groups.emplace_back();
        group.prompt = requests[row].prompt;
        for (std::size_t i = 0; i < 4; ++i) {
            const rollout::Completion& completion = completions[row][i];
            group.samples.push_back({completion.tokens, completion.logProbs, completion.entropies, {},
                0.5f * static_cast<float>(i) - 0.7f, completion.finishReason == rollout::FinishReason::Length});
        }
    }
    return groups;
}

} // namespace ahascope::train
