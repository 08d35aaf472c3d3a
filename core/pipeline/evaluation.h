// Held-out evaluation of a policy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/run_context.h"
#include "core/pipeline/sampling.h"

namespace ahascope::pipeline {

struct EvaluationPlan {
    std::int64_t samples = 4;
    std::int64_t rows = 0; // evenly chosen; 0 = all
    std::int64_t maxNewTokens = 0;
    double temperature = 1.0;
    double topP = 1.0;
    std::int64_t topK = 0;
    std::uint64_t seed = 0;
    std::function<void(const rollout::GenerationProgress&)> progress = {}; // may be empty
    SamplingRoom room = {};
};

struct Evaluated {
    Metrics metrics; // "eval/accuracy", or "eval/<set>/accuracy" for a set that is not called "eval"
    Samples samples;
};

// None when `cancelled` said so. The randomness of a sample depends on (seed, row, sample) alone, so that evaluations
// along a run differ by the policy and not by the noise.
std::optional<Evaluated> evaluatePolicy(const PolicyModel& policy, const text::PromptTemplate& prompt,
    const Scorer& scorer, const ProblemSource& problems, const std::string& set, const EvaluationPlan& plan,
    const std::function<bool()>& cancelled);

// The evaluations of one stage.
class Evaluator {
public:
    Evaluator(RunContext& context, const config::Stage& stage);

    // Every `every` steps, and the last.
    bool due(std::int64_t step) const;

    struct Which {
        bool complete = false;      // all rows, whatever the experiment says of the ones in between
        bool interruptible = false; // a stop may cut it short; then it stays pending
    };
    // Makes the evaluation that progress.evaluationPending asks for, of every set, and emits the results.
    void evaluatePending(RunContext& context, Which which) const;

private:
    const config::Stage& m_stage;
    std::vector<std::pair<std::string, ProblemSource>> m_sets;
};

// "memory/host_peak" of this process and "memory/device_peak" of the backend, bytes.
void addMemoryMetrics(Metrics& metrics, const kernels::Backend& backend);

} // namespace ahascope::pipeline
