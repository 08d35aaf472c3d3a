// The model an experiment begins with.
#pragma once

#include "core/config/experiment.h"
#include "core/pipeline/policy_model.h"

namespace ahascope::pipeline {

// The folder of model.path, or model.new with random weights and a tokenizer made from the training data. Gradients are
// kept. Throws InputError.
PolicyModel baseModel(const config::Experiment& experiment, kernels::Backend& backend);

// Everything but the weights; for plans. The vocabulary of a new model is that of its tokenizer.
formats::ModelDescription outlineOf(const config::Experiment& experiment);

} // namespace ahascope::pipeline
