// How good a policy is at problems, from several samples of each: pass@1 with its interval, pass@k, majority vote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ahascope::analysis {

struct ProblemOutcome {
    std::size_t samples = 0;
    std::size_t correct = 0; // at most `samples`
};

// 1 - C(n - c, k) / C(n, k): the unbiased estimate of "at least one of k is right" (Chen et al. 2021, arXiv 2107.03374,
// section 2.1), in its numerically stable product form. 1 <= k <= samples.
double passAtK(const ProblemOutcome& outcome, std::size_t k);

// Mean over the problems with at least k samples; NaN if there is none.
double passAtK(std::span<const ProblemOutcome> outcomes, std::size_t k);

struct Interval {
    double mean = 0.0;
    double low = 0.0;
    double high = 0.0;
};

constexpr int bootstrapResamples = 2000;

// Mean of `values`, and the 2.5 % and 97.5 % quantiles of that mean over resamples of the values with replacement
// (percentile bootstrap). Draws are Philox numbers keyed by the seed: the same interval everywhere. All 0 for no value.
Interval bootstrapMean(std::span<const double> values, std::uint64_t seed, int resamples = bootstrapResamples);

// pass@1 = mean over problems of correct / samples; the interval resamples problems, never single samples. Problems
// without a sample are left out.
Interval passAt1Interval(std::span<const ProblemOutcome> outcomes, std::uint64_t seed);

struct Vote {
    std::string answer; // equal answers are equal texts; empty: no answer, which is no vote
    bool correct = false;
};

// Whether the answer with the most votes is right: maj@k of one problem. A tie is decided by lot, of which this is the
// expectation: the share of right answers among the tied ones. 0 when nobody voted. An answer is as right as its voters
// are on average.
double majorityIsCorrect(std::span<const Vote> votes);

} // namespace ahascope::analysis
