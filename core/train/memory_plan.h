// How much memory a run will need, before it starts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/model/model_config.h"
#include "core/rollout/generator.h"

namespace ahascope::train {

struct PlannedRun {
    model::ModelConfig model;
    bool reference = false;       // a second set of weights
    std::int64_t tokenBudget = 0; // rows of one micro-batch; 0 = no training
    std::int64_t maxSequenceTokens = 0;
    rollout::GeneratorCapacity rollout; // maxNewTokens 0 = no generation
};

// Bytes of the device.
struct MemoryPlan {
    std::size_t weights = 0;
    std::size_t gradients = 0;
    std::size_t optimizer = 0;
    std::size_t reference = 0;
    std::size_t activations = 0; // of training
    std::size_t keysAndValues = 0;
    std::size_t generation = 0; // everything else of the generator
    std::size_t total = 0;      // the largest in use at once
};

// Makes the same objects as the run on the plan backend and looks at what they take.
MemoryPlan planMemory(const PlannedRun& run);

} // namespace ahascope::train
