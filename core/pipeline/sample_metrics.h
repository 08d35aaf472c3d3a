// The metrics of a set of scored completions, under the names of the interface.
#pragma once

#include <string>
#include <vector>

#include "core/pipeline/run_event.h"
#include "core/train/advantages.h"

namespace ahascope::pipeline {

// Means, lengths and shares over `samples` (whole groups, one after the other): accuracy, rewards/<rule>/*,
// completions/*, format, groups/*, reflection/*, language/*, repetition, entropy ... Means over nothing are left out.
// `prefix` is put before each name.
void addSampleMetrics(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix);

// reward, reward_std and frac_reward_zero_std of a rollout or an evaluation; the first two are left out where no
// completion has a reward.
void addRewardMetrics(Metrics& metrics, const train::Advantages& advantages, const std::string& prefix);

// What a held-out evaluation adds, for k samples a problem: pass@1 with its 95 % interval (bootstrap over problems),
// pass@j for powers of two below k and for k, and maj@k. Samples that could not be graded count as wrong.
void addPassMetrics(
    Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix, std::uint64_t seed);

} // namespace ahascope::pipeline
