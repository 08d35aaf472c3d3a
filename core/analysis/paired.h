// Two runs on the same problems: who solved what, and whether the difference is more than luck.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/analysis/pass_at_k.h"

namespace ahascope::analysis {

// One problem: the share of its samples that each run got right, 0 to 1.
struct PairedOutcome {
    double first = 0.0;
    double second = 0.0;
};

// A run has solved a problem when at least half of its samples are right.
struct PairedTable {
    std::size_t both = 0;
    std::size_t onlyFirst = 0;
    std::size_t onlySecond = 0;
    std::size_t neither = 0;

    bool operator==(const PairedTable&) const = default;
};

bool isSolved(double share);
PairedTable pairedTable(std::span<const PairedOutcome> outcomes);

// McNemar's test in its exact form: the two-sided binomial probability, with p = 1/2, of a split of the problems that
// only one run solved at least as uneven as this one. 1 if there are none.
double mcNemarExact(std::size_t onlyFirst, std::size_t onlySecond);

// Mean of second - first over problems with its 95 % bootstrap interval, resampling problems (pairs stay together).
Interval pairedDifference(std::span<const PairedOutcome> outcomes, std::uint64_t seed);

} // namespace ahascope::analysis
