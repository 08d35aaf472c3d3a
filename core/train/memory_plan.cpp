#include "core/train/memory_plan.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "core/model/packed_batch.h"
#include "core/train/training_core.h"
#include "kernels/devices.h"

namespace ahascope::train {

namespace {

// Operations take memory of their own when they are called first.
void runLargestBatch(TrainingCore& core)
{
    model::PackedBatch batch;
    const auto longest = static_cast<std::size_t>(core.longestSequence());
    while (batch.rows() + core.longestSequence() <= core.budget()) {
        const std::int64_t first = batch.rows();
        batch.addSequence(std::vector<std::int32_t>(longest, 0));
        for (std::int64_t row = first; row < batch.rows(); ++row)
            batch.addOutput(row, 0);
    }
    const TrainingCore::Outputs outputs = core.forward(batch);
    core.backward(outputs.logProbs, outputs.entropies);
}

} // namespace

MemoryPlan planMemory(const PlannedRun& run)
{
    const auto backend = kernels::makePlanBackend(0, run.device);
    MemoryPlan plan;
    std::size_t before = 0;
    const auto taken = [&] {
        const std::size_t now = backend->bytesInUse();
        const std::size_t more = now - before;
        before = now;
        return more;
    };

    const bool trains = run.tokenBudget > 0;
    model::Parameters policy(
        *backend, run.model, trains ? model::Gradients::Kept : model::Gradients::None, run.lora, run.stored);
    plan.gradients = policy.trained().flatGradients().bytes();
    plan.weights = taken() - plan.gradients;

    std::optional<TrainingCore> core;
    if (trains) {
        core.emplace(*backend, policy,
            CoreOptions{.optimizer = {.type = run.optimizerIn8bit ? OptimizerType::AdamW8bit : OptimizerType::AdamW},
                .tokenBudget = run.tokenBudget,
                .maxSequenceTokens = run.maxSequenceTokens,
                .gradientCheckpointing = run.gradientCheckpointing});
        plan.optimizer = core->bytesOfMoments();
        runLargestBatch(*core);
        plan.activations = taken() - plan.optimizer;
    }
    std::optional<model::Parameters> reference;
    if (run.reference && !run.lora) {
        reference.emplace(*backend, run.model, model::Gradients::None, std::nullopt, run.stored);
        plan.reference = taken();
    }
    std::vector<std::unique_ptr<rollout::Generator>> generators;
    for (rollout::GeneratorCapacity capacity : {run.rollout, run.evaluation}) {
        capacity.weights = run.stored;
        if (capacity.maxNewTokens == 0)
            continue;
        generators.push_back(std::make_unique<rollout::Generator>(*backend, run.model, capacity));
        const std::size_t keysAndValues = generators.back()->bytesForKeysAndValues();
        plan.keysAndValues += keysAndValues;
        plan.generation += taken() - keysAndValues;
    }
    if (trains)
        for (const model::NamedTensor& tensor : policy.trained().tensors())
            plan.saving = std::max(plan.saving, static_cast<std::size_t>(tensor.count()) * sizeof(float));
    plan.total = backend->bytesInUse(); // nothing is given back before the end
    return plan;
}

} // namespace ahascope::train
