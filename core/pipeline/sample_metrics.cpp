#include "core/pipeline/sample_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "core/analysis/pass_at_k.h"

namespace ahascope::pipeline {

namespace {

// Mean, standard deviation (ddof 1) and extremes of what is put in.
class Spread {
public:
    void add(double value)
    {
        ++m_count;
        double delta = value - m_mean;
        m_mean += delta / static_cast<double>(m_count);
        m_squares += delta * (value - m_mean);
        m_least = m_count == 1 ? value : std::min(m_least, value);
        m_most = m_count == 1 ? value : std::max(m_most, value);
    }
    bool empty() const { return m_count == 0; }
    double mean() const { return m_mean; }
    double deviation() const { return m_count < 2 ? 0.0 : std::sqrt(m_squares / static_cast<double>(m_count - 1)); }
    double least() const { return m_least; }
    double most() const { return m_most; }

private:
    std::size_t m_count = 0;
    double m_mean = 0, m_squares = 0, m_least = 0, m_most = 0;
};

using Groups = std::vector<std::span<const Sample>>;

Groups groupsOf(const std::vector<Sample>& samples)
{
    Groups groups;
    for (std::size_t begin = 0; begin < samples.size();) {
        std::size_t end = begin;
        while (end < samples.size() && samples[end].group == samples[begin].group)
            ++end;
        groups.emplace_back(samples.data() + begin, end - begin);
        begin = end;
    }
    return groups;
}

double meanOf(const std::vector<Sample>& samples, const std::function<double(const Sample&)>& value)
{
    double sum = 0;
    for (const Sample& sample : samples)
        sum += value(sample);
    return sum / static_cast<double>(samples.size());
}

double shareOf(std::span<const Sample> samples, const std::function<bool(const Sample&)>& holds)
{
    auto count = std::count_if(samples.begin(), samples.end(), holds);
    return static_cast<double>(count) / static_cast<double>(samples.size());
}

void addRules(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix)
{
    for (std::size_t rule = 0; rule < samples.front().scores.size(); ++rule) {
        Spread spread;
        for (const Sample& sample : samples)
            if (sample.scores[rule].score)
                spread.add(*sample.scores[rule].score);
        if (spread.empty())
            continue;
        std::string name = prefix + "rewards/" + samples.front().scores[rule].rule;
        metrics.emplace_back(name + "/mean", spread.mean());
        metrics.emplace_back(name + "/std", spread.deviation());
    }
}

void addLengths(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix)
{
    Spread all, terminated;
    for (const Sample& sample : samples) {
        auto length = static_cast<double>(sample.ids.size());
        all.add(length);
        if (sample.finish == FinishReason::Stop)
            terminated.add(length);
    }
    metrics.emplace_back(prefix + "completions/mean_length", all.mean());
    metrics.emplace_back(prefix + "completions/min_length", all.least());
    metrics.emplace_back(prefix + "completions/max_length", all.most());
    if (!terminated.empty()) {
        metrics.emplace_back(prefix + "completions/mean_terminated_length", terminated.mean());
        metrics.emplace_back(prefix + "completions/min_terminated_length", terminated.least());
        metrics.emplace_back(prefix + "completions/max_terminated_length", terminated.most());
    }
    metrics.emplace_back(prefix + "completions/clipped_ratio",
        shareOf(samples, [](const Sample& sample) { return sample.finish == FinishReason::Length; }));
    metrics.emplace_back(
        prefix + "completions/empty_think", shareOf(samples, [](const Sample& sample) { return sample.emptyThink; }));
}

void addReflections(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix)
{
    double reflections = 0, tokens = 0;
    for (const Sample& sample : samples) {
        reflections += sample.reflections;
        tokens += static_cast<double>(sample.ids.size());
    }
    metrics.emplace_back(prefix + "reflection/per_completion", reflections / static_cast<double>(samples.size()));
    metrics.emplace_back(
        prefix + "reflection/rate", shareOf(samples, [](const Sample& sample) { return sample.reflections > 0; }));
    if (tokens > 0)
        metrics.emplace_back(prefix + "reflection/per_1k_tokens", 1000.0 * reflections / tokens);
    metrics.emplace_back(
        prefix + "reflection/rescued", shareOf(samples, [](const Sample& sample) { return sample.rescued; }));
}

void addGroups(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix)
{
    double allRight = 0, allWrong = 0;
    Groups groups = groupsOf(samples);
    for (std::span<const Sample> group : groups) {
        double right = shareOf(group, [](const Sample& sample) { return sample.correct; });
        allRight += right == 1.0;
        allWrong += right == 0.0;
    }
    metrics.emplace_back(prefix + "groups/all_right", allRight / static_cast<double>(groups.size()));
    metrics.emplace_back(prefix + "groups/all_wrong", allWrong / static_cast<double>(groups.size()));
}

void addEntropy(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix)
{
    Spread entropy;
    for (const Sample& sample : samples)
        for (float value : sample.entropies)
            entropy.add(value);
    if (!entropy.empty())
        metrics.emplace_back(prefix + "entropy", entropy.mean());
}

} // namespace

void addSampleMetrics(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix)
{
    if (samples.empty())
        return;
    metrics.emplace_back(prefix + "accuracy", shareOf(samples, [](const Sample& sample) { return sample.correct; }));
    metrics.emplace_back(
        prefix + "accuracy_lenient", shareOf(samples, [](const Sample& sample) { return sample.correctLenient; }));
    metrics.emplace_back(prefix + "format", shareOf(samples, [](const Sample& sample) { return sample.wellFormed; }));
    metrics.emplace_back(prefix + "ungraded", shareOf(samples, [](const Sample& sample) { return sample.ungraded; }));
    addRules(metrics, samples, prefix);
    addLengths(metrics, samples, prefix);
    addGroups(metrics, samples, prefix);
    addReflections(metrics, samples, prefix);
    metrics.emplace_back(
        prefix + "language/mixing", shareOf(samples, [](const Sample& sample) { return sample.mixed; }));
    metrics.emplace_back(
        prefix + "language/target_ratio", meanOf(samples, [](const Sample& sample) { return sample.targetRatio; }));
    metrics.emplace_back(
        prefix + "repetition", meanOf(samples, [](const Sample& sample) { return sample.repetition; }));
    addEntropy(metrics, samples, prefix);
}

void addRewardMetrics(Metrics& metrics, const train::Advantages& advantages, const std::string& prefix)
{
    if (std::isfinite(advantages.reward))
        metrics.emplace_back(prefix + "reward", advantages.reward);
    if (std::isfinite(advantages.rewardStd))
        metrics.emplace_back(prefix + "reward_std", advantages.rewardStd);
    metrics.emplace_back(prefix + "frac_reward_zero_std", advantages.fracRewardZeroStd);
}

void addPassMetrics(Metrics& metrics, const std::vector<Sample>& samples, const std::string& prefix, std::uint64_t seed)
{
    if (samples.empty())
        return;
    std::vector<analysis::ProblemOutcome> outcomes;
    std::size_t k = 0;
    double majority = 0;
    Groups groups = groupsOf(samples);
    for (std::span<const Sample> group : groups) {
        analysis::ProblemOutcome outcome{.samples = group.size(), .correct = 0};
        std::vector<analysis::Vote> votes;
        for (const Sample& sample : group) {
            outcome.correct += sample.correct;
            votes.push_back({sample.vote, sample.correct});
        }
        outcomes.push_back(outcome);
        k = std::max(k, group.size());
        majority += analysis::majorityIsCorrect(votes);
    }
    analysis::Interval interval = analysis::passAt1Interval(outcomes, seed);
    metrics.emplace_back(prefix + "pass@1", interval.mean);
    metrics.emplace_back(prefix + "pass@1_low", interval.low);
    metrics.emplace_back(prefix + "pass@1_high", interval.high);
    for (std::size_t j = 2; j < k; j *= 2)
        metrics.emplace_back(prefix + "pass@" + std::to_string(j), analysis::passAtK(outcomes, j));
    if (k > 1) {
        metrics.emplace_back(prefix + "pass@" + std::to_string(k), analysis::passAtK(outcomes, k));
        metrics.emplace_back(prefix + "maj@" + std::to_string(k), majority / static_cast<double>(groups.size()));
    }
    metrics.emplace_back(prefix + "mean_length",
        meanOf(samples, [](const Sample& sample) { return static_cast<double>(sample.ids.size()); }));
}

} // namespace ahascope::pipeline
