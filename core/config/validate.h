// What is wrong with an experiment, before anything is opened or run.
#pragma once

#include <vector>

#include "core/config/experiment.h"
#include "core/problem.h"

namespace ahascope::config {

// Every problem that the experiment alone shows: fields out of range, unknown types, a template without {{prompt}},
// names used twice, updates_per_rollout that does not divide num_prompts, an init that does not exist ... `where` is
// the path of the field ("stage.0.updates_per_rollout"). Opens no file.
std::vector<Problem> validate(const Experiment& experiment);

// Files and folders that the experiment names and that are not there or not readable.
std::vector<Problem> missingFiles(const Experiment& experiment);

} // namespace ahascope::config
