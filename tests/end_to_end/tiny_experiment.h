// The smallest experiment that does everything: a new model is pre-trained on running sums for a moment, then trained
// with GRPO.
#pragma once

#include <string>

#include "core/config/toml.h"

namespace ahascope::test {

inline std::string tinyExperimentToml()
{
    return R"(
schema_version = 1
name = "tiny"
seed = 3
[model.new]
layers = 2
hidden_size = 32
heads = 2
kv_heads = 2
head_dim = 16
intermediate_size = 64
max_positions = 96
[template]
text = "User: {{prompt}}. Assistant:"
[data.train]
task = "running_sum"
terms = 3
modulus = 5
[data.eval]
task = "running_sum"
terms = 3
modulus = 5
rows = 10
[[rule]]
type = "accuracy"
kind = "integer"
[[rule]]
type = "format"
[[stage]]
type = "pretrain"
name = "base"
steps = 12
batch_size = 16
max_length = 90
learning_rate = 5e-3
max_completion_length = 24
[[stage]]
type = "grpo"
name = "reasoning"
steps = 8
num_prompts = 4
num_generations = 4
updates_per_rollout = 2
max_completion_length = 24
learning_rate = 1e-3
beta = 0.01
ref_model_sync_steps = 3
[stage.evaluation]
every = 4
samples = 2
[checkpoint]
every = 3
keep = 2
)";
}

inline config::Experiment tinyExperiment()
{
    return config::parseExperiment(tinyExperimentToml(), "tiny.toml", "/");
}

} // namespace ahascope::test
