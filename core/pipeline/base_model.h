// The model an experiment begins with.
#pragma once

#include "core/config/experiment.h"
#include "core/pipeline/policy_model.h"

namespace ahascope::pipeline {

// The folder of model.path, with the adapter of model.adapter or a new one of model.lora; or model.new with random
// weights and a tokenizer made from the training data. Gradients are kept. Throws InputError.
PolicyModel baseModel(const config::Experiment& experiment, kernels::Backend& backend);

// A checkpoint of the experiment: a model, or an adapter on the model of model.path. Gradients are kept. Throws
// InputError.
PolicyModel modelAt(
    const config::Experiment& experiment, kernels::Backend& backend, const std::filesystem::path& checkpoint);

// Everything but the weights; for plans. The vocabulary of a new model is that of its tokenizer.
formats::ModelDescription outlineOf(const config::Experiment& experiment);

// The adapter that the experiment trains, for a base of this shape; none when it trains the model itself. Throws
// InputError for a folder that holds no adapter for it.
std::optional<model::LoraConfig> adapterOf(const config::Experiment& experiment, const model::ModelConfig& base);

} // namespace ahascope::pipeline
