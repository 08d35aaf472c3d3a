#include "core/analysis/pass_at_k.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "kernels/philox.h"

namespace ahascope::analysis {

namespace {

constexpr std::uint32_t purposeBootstrap = 0x424F4F54; // keeps these draws apart from any other use of the seed

// Indices below `count`, uniformly but for 2^-32; four to a block.
class Draws {
public:
    Draws(std::uint64_t seed, std::uint32_t resample, std::size_t count)
        : m_key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}
        , m_counter{0, 0, resample, purposeBootstrap}
        , m_count(count)
    {
    }

    std::size_t next()
    {
        if (m_used == m_block.size()) {
            m_block = kernels::philox4x32(m_counter, m_key);
            ++m_counter[0];
            m_used = 0;
        }
        return static_cast<std::size_t>((static_cast<std::uint64_t>(m_block[m_used++]) * m_count) >> 32);
    }

private:
    kernels::PhiloxKey m_key;
    kernels::PhiloxCounter m_counter;
    kernels::PhiloxCounter m_block{};
    std::size_t m_used = 4;
    std::uint64_t m_count;
};

// Between neighbours by linear interpolation, as numpy does it; `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double share)
{
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

double passAtK(const ProblemOutcome& outcome, std::size_t k)
{
    const std::size_t wrong = outcome.samples - outcome.correct;
    if (wrong < k) {
        return 1.0;
    }
    double allWrong = 1.0;
    for (std::size_t i = wrong + 1; i <= outcome.samples; ++i) {
        allWrong *= 1.0 - static_cast<double>(k) / static_cast<double>(i);
    }
    return 1.0 - allWrong;
}

double passAtK(std::span<const ProblemOutcome> outcomes, std::size_t k)
{
    double sum = 0.0;
    std::size_t counted = 0;
    for (const ProblemOutcome& outcome : outcomes) {
        if (outcome.samples >= k && outcome.samples > 0) {
            sum += passAtK(outcome, k);
            ++counted;
        }
    }
    return counted == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(counted);
}

Interval bootstrapMean(std::span<const double> values, std::uint64_t seed, int resamples)
{
    if (values.empty()) {
        return {};
    }
    const auto count = static_cast<double>(values.size());
    double sum = 0.0;
    for (const double value : values) {
        sum += value;
    }
    std::vector<double> means;
    means.reserve(static_cast<std::size_t>(resamples));
    for (int resample = 0; resample < resamples; ++resample) {
        Draws draws(seed, static_cast<std::uint32_t>(resample), values.size());
        double drawn = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            drawn += values[draws.next()];
        }
        means.push_back(drawn / count);
    }
    std::sort(means.begin(), means.end());
    return {sum / count, quantile(means, 0.025), quantile(means, 0.975)};
}

Interval passAt1Interval(std::span<const ProblemOutcome> outcomes, std::uint64_t seed)
{
    std::vector<double> shares;
    shares.reserve(outcomes.size());
    for (const ProblemOutcome& outcome : outcomes) {
        if (outcome.samples > 0) {
            shares.push_back(static_cast<double>(outcome.correct) / static_cast<double>(outcome.samples));
        }
    }
    return bootstrapMean(shares, seed);
}

double majorityIsCorrect(std::span<const Vote> votes)
{
    struct Tally {
        std::size_t votes = 0;
        std::size_t correct = 0;
    };
    std::map<std::string_view, Tally> tallies;
    std::size_t most = 0;
    for (const Vote& vote : votes) {
        if (!vote.answer.empty()) {
            Tally& tally = tallies[vote.answer];
            tally.correct += vote.correct ? 1 : 0;
            most = std::max(most, ++tally.votes);
        }
    }
    double right = 0.0;
    double tied = 0.0;
    for (const auto& [answer, tally] : tallies) {
        if (tally.votes == most) {
            right += static_cast<double>(tally.correct) / static_cast<double>(tally.votes);
            tied += 1.0;
        }
    }
    return tied == 0.0 ? 0.0 : right / tied;
}

} // namespace ahascope::analysis
