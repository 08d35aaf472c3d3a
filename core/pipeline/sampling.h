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

// Draws completions from one policy. Holds the generator's memory between calls.
class Sampler {
public:
    Sampler(const PolicyModel& policy, const text::PromptTemplate& prompt, rollout::GeneratorCapacity capacity);

    // None when `cancelled` said so (asked between chunks).
    std::optional<std::vector<SampledGroup>> sample(
        std::span<const PromptedProblem> problems, const SamplingPlan& plan, const std::function<bool()>& cancelled);

private:
    const PolicyModel& m_policy;
    StopStrings m_stop;
    rollout::Generator m_generator;
};

// The capacity of a generator for `sequences` completions; the longest prompt and completion in tokens. Many are drawn
// one after another, so that keys and values stay small.
rollout::GeneratorCapacity generatorCapacity(
    std::int64_t sequences, std::int64_t longestPrompt, std::int64_t longestCompletion);

} // namespace ahascope::pipeline
