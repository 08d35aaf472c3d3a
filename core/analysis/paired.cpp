#include "core/analysis/paired.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ahascope::analysis {

bool isSolved(double share)
{
    return share >= 0.5;
}

PairedTable pairedTable(std::span<const PairedOutcome> outcomes)
{
    PairedTable table;
    for (const PairedOutcome& outcome : outcomes) {
        const bool first = isSolved(outcome.first);
        const bool second = isSolved(outcome.second);
        ++(first ? (second ? table.both : table.onlyFirst) : (second ? table.onlySecond : table.neither));
    }
    return table;
}

double mcNemarExact(std::size_t onlyFirst, std::size_t onlySecond)
{
    const std::size_t count = onlyFirst + onlySecond;
    const std::size_t fewer = std::min(onlyFirst, onlySecond);
    // Terms C(count, i) / 2^count in logarithms: 2^-count alone would underflow from 1,075 problems on.
    double logTerm = -static_cast<double>(count) * std::log(2.0);
    double tail = 0.0;
    for (std::size_t i = 0; i <= fewer; ++i) {
        tail += std::exp(logTerm);
        logTerm += std::log(static_cast<double>(count - i)) - std::log(static_cast<double>(i + 1));
    }
    return std::min(1.0, 2.0 * tail);
}

Interval pairedDifference(std::span<const PairedOutcome> outcomes, std::uint64_t seed)
{
    std::vector<double> differences;
    differences.reserve(outcomes.size());
    for (const PairedOutcome& outcome : outcomes) {
        differences.push_back(outcome.second - outcome.first);
    }
    return bootstrapMean(differences, seed);
}

} // namespace ahascope::analysis
