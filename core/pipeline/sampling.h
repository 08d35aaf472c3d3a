// Problems as the model sees them, and completions drawn for them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/pipeline/policy_model.h"
#include "core/pipeline/run_event.h"
#include "core/pipeline/stop_strings.h"
#include "core/rollout/generator.h"
#include "core/rollout/sequence_key.h"
#include "core/text/prompt_template.h"

namespace ahascope::pipeline {

// One problem of a dataset, through the template.
struct PromptedProblem {
    std::int64_t row = 0; // of the dataset
    std::uint64_t id = 0; // stable
    std::string question;
    std::string answer;
    text::Columns columns; // the row's other columns
    std::string prompt;
    std::vector<std::int32_t> ids;
};

struct SamplingPlan {
    std::int64_t samples = 1; // per problem
    std::int64_t maxNewTokens = 0;
    kernels::SamplingOptions sampling;
    rollout::KeyParts key;                                                 // row and sample are filled in
    std::function<void(const rollout::GenerationProgress&)> progress = {}; // may be empty
};

// What was drawn for one problem; `completions` and `keys` have one entry per sample.
struct SampledGroup {
    const PromptedProblem* problem = nullptr;
    std::vector<std::uint64_t> keys;
    std::vector<rollout::Completion> completions;
};

// How many sequences may be sampled at once.
struct SamplingRoom {
    std::int64_t slots = 0; // 0 = as many as the capacity says
    // Told when the device had too little memory for so many, and what it said; may be empty.
    std::function<void(std::int64_t before, std::int64_t now, const std::string& reason)> halved = {};
};

// Draws completions from one policy. Holds the generator's memory between calls. Where the device has too little
// memory, half as many sequences are sampled at once, down to one, and what was begun is sampled anew: the completions
// are the same bit for bit. Then kernels::OutOfMemory goes through.
class Sampler {
public:
    Sampler(const PolicyModel& policy, const text::PromptTemplate& prompt, rollout::GeneratorCapacity capacity,
        SamplingRoom room = {});

    // None when `cancelled` said so (asked between chunks).
    std::optional<std::vector<SampledGroup>> sample(
        std::span<const PromptedProblem> problems, const SamplingPlan& plan, const std::function<bool()>& cancelled);

private:
    rollout::Generator& generator();
    void withinMemory(const std::function<void()>& work);

    const PolicyModel& m_policy;
    StopStrings m_stop;
    rollout::GeneratorCapacity m_capacity;
    SamplingRoom m_room;
    std::unique_ptr<rollout::Generator> m_generator; // none between one that was too large and the next
};

// The capacity of a generator for `sequences` completions; the longest prompt and completion in tokens. More than keep
// the device busy are drawn one after another, so that keys and values stay small.
rollout::GeneratorCapacity generatorCapacity(const kernels::DecodeLoad& load, std::int64_t sequences,
    std::int64_t longestPrompt, std::int64_t longestCompletion);

} // namespace ahascope::pipeline
