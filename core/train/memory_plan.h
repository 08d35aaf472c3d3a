// How much memory a run will need, before it starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/model/model_config.h"
#include "core/rollout/generator.h"
#include "kernels/devices.h"

namespace ahascope::train {

struct PlannedRun {
    kernels::PlannedDevice device = kernels::PlannedDevice::Processor;
    model::ModelConfig model;
    std::optional<model::LoraConfig> lora = std::nullopt; // the adapter that is trained instead of the model
    kernels::DType stored = kernels::DType::F32;          // of the model's matrices
    bool reference = false;                               // a second set of weights; not with an adapter
    std::int64_t tokenBudget = 0;                         // rows of one micro-batch; 0 = no training
    std::int64_t maxSequenceTokens = 0;
    bool gradientCheckpointing = false;
    bool optimizerIn8bit = false;
    rollout::GeneratorCapacity rollout = {};    // maxNewTokens 0 = no generation
    rollout::GeneratorCapacity evaluation = {}; // held besides it while the policy is evaluated; likewise
};

// Bytes of the device.
struct MemoryPlan {
    std::size_t weights = 0;
    std::size_t gradients = 0;
    std::size_t optimizer = 0;
    std::size_t reference = 0;
    std::size_t activations = 0; // of training, and on a GPU what its operations take
    std::size_t keysAndValues = 0;
    std::size_t generation = 0; // everything else of the generators
    std::size_t total = 0;      // the largest in use at once
    // Of the host, while a checkpoint is written: a copy of the largest tensor of what is trained.
    std::size_t saving = 0;
};

// Makes the same objects as the run on the plan backend and looks at what they take.
MemoryPlan planMemory(const PlannedRun& run);

} // namespace ahascope::train
