// The models that are measured: true shapes, random weights.
#pragma once

#include <memory>
#include <string>

#include "core/model/parameters.h"

namespace ahascope::gpu {

// "0.5B", "1.5B", "7B" (Qwen2.5) or "tiny". Throws std::invalid_argument.
model::ModelConfig shapeOf(const std::string& name);

// Random BF16 weights.
std::unique_ptr<model::Parameters> randomModel(
    kernels::Backend& backend, const model::ModelConfig& config, model::Gradients gradients);

// Values of all matrices that a token is multiplied with; tied embeddings count once.
double matrixValues(const model::ModelConfig& config);

// Of one decode step: all matrices, and the keys and values of every sequence, all in BF16.
double decodeBytes(const model::ModelConfig& config, double sequences, double context);

// Of training one token in a sequence of `context`: 6 per matrix value, and the products of causal attention.
double trainingFlops(const model::ModelConfig& config, double context);

} // namespace ahascope::gpu
