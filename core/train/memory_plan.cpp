#include "core/train/memory_plan.h"

#include <optional>

#include "core/train/training_core.h"
#include "kernels/devices.h"

namespace ahascope::train {

MemoryPlan planMemory(const PlannedRun& run)
{
    const auto backend = kernels::makePlanBackend();
    MemoryPlan plan;
    std::size_t before = 0;
    const auto taken = [&] {
        const std::size_t now = backend->bytesInUse();
        const std::size_t more = now - before;
        before = now;
        return more;
    };

    const bool trains = run.tokenBudget > 0;
    model::Parameters policy(*backend, run.model, trains ? model::Gradients::Kept : model::Gradients::None, run.lora);
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
        plan.activations = taken() - plan.optimizer;
    }
    std::optional<model::Parameters> reference;
    if (run.reference && !run.lora) {
        reference.emplace(*backend, run.model, model::Gradients::None);
        plan.reference = taken();
    }
    std::optional<rollout::Generator> generator;
    if (run.rollout.maxNewTokens > 0) {
        generator.emplace(*backend, run.model, run.rollout);
        plan.keysAndValues = generator->bytesForKeysAndValues();
        plan.generation = taken() - plan.keysAndValues;
    }
    plan.total = backend->bytesInUse(); // nothing is given back before the end
    return plan;
}

} // namespace ahascope::train
