// A run as files that other programs read.
#pragma once

#include <ostream>

#include "core/store/run_reader.h"

namespace ahascope::store {

// One line per step and per evaluation, in order. CSV columns and JSON keys: event ("step" or "evaluation"), stage (its
// name), step, global_step, time (seconds since the start), set (held-out set; empty for a step), then every metric by
// its name. What a line does not have is an empty cell, or left out of the object.
void exportMetricsCsv(RunReader& reader, std::ostream& out);
void exportMetricsJsonLines(RunReader& reader, std::ostream& out);

// One line per live completion, in the order of writing. Both: id, event ("rollout" or "evaluation"), stage, step,
// global_step, set, group, index, row, problem (16 hexadecimal digits), question, answer, prompt, completion,
// extracted, reward (empty or null = could not be graded), advantage, correct, correct_lenient, well_formed, ungraded,
// empty_think, rescued, finish_reason ("stop" or "length"), length (tokens), reflections, mixed, mixing, target_ratio,
// repetition, key (16 hexadecimal digits), columns (JSON), rules (JSON: {NAME: {"score", "weight", "status",
// "reason"}}). JSON Lines besides: prompt_ids, ids, logprobs, entropies.
void exportSamplesCsv(RunReader& reader, std::ostream& out);
void exportSamplesJsonLines(RunReader& reader, std::ostream& out);

// The experiment as it ran.
void exportConfigToml(RunReader& reader, std::ostream& out);

} // namespace ahascope::store
