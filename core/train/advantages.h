// Advantages of completions within their groups.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ahascope::train {

enum class ScaleRewards { Group, Batch, None };

struct Advantages {
    std::vector<float> values;      // one per reward; 0 where the reward is missing or its advantage undefined
    std::vector<double> groupMeans; // NaN for a group without any reward
    std::vector<double> groupStds;  // ddof 1; NaN for a group with fewer than two rewards
    double reward = 0;              // mean over all that have one; NaN without any
    double rewardStd = 0;           // ddof 1; NaN with fewer than two
    double fracRewardZeroStd = 0;   // share of completions whose scale (by ScaleRewards; None: the group's) is 0
};

// rewards: group after group, groupSize each; NaN = ungraded, left out of every mean.
// A = (r - mean of its group) / (std + 1e-4), std of the group or of the whole batch, or A = r - mean.
// (TRL GRPOTrainer, aggregation sum_then_normalize; Shao et al. 2024, arXiv 2402.03300; scale none: Liu et al. 2025,
// arXiv 2503.20783.) A group of one has std 0 and so advantage 0.
Advantages computeAdvantages(std::span<const double> rewards, std::size_t groupSize, ScaleRewards scale);

} // namespace ahascope::train
