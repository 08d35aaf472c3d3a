// What an update counts beside the losses themselves.
#include <algorithm>
#include <cmath>

#include "core/train/policy_loss.h"

namespace ahascope::train {

namespace {

bool clipsRatio(LossType type)
{
    return type == LossType::Grpo || type == LossType::Bnpo || type == LossType::Dapo || type == LossType::DrGrpo
        || type == LossType::Luspo;
}

} // namespace

void addIdleSequence(const PolicyLossOptions& options, std::size_t tokens, std::span<const float> entropies,
    bool masked, PolicyLossTotals& totals)
{
    const bool bySequence = options.importanceSamplingLevel == ImportanceSamplingLevel::Sequence;
    const double counted = masked ? 0 : static_cast<double>(tokens);
    totals.tokens += counted;
    totals.ratioCount += bySequence ? 1 : counted;
    for (const float entropy : entropies)
        totals.entropy += masked ? 0 : double{entropy};
    totals.vespoPhi += 1;
    ++totals.vespoSequences;
    if (bySequence || counted > 0) {
        totals.lowClippedMin = std::fmin(totals.lowClippedMin, 0);
        totals.highClippedMax = std::fmax(totals.highClippedMax, 0);
    }
}

bool hasNoGradient(const PolicyLossOptions& options, double advantage, bool masked)
{
    if (masked)
        return true;
    // An entropy threshold is taken over all tokens, so that every sequence must be computed to know it.
    return advantage == 0.0 && options.beta == 0.0 && options.entropyCoef == 0.0 && options.topEntropyQuantile >= 1.0;
}

double entropyThreshold(std::vector<float> entropies, double topEntropyQuantile)
{
    if (entropies.empty())
        return -1;
    const double position = (1 - topEntropyQuantile) * static_cast<double>(entropies.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(position));
    std::ranges::sort(entropies);
    const double low = entropies[below];
    const double high = entropies[std::min(below + 1, entropies.size() - 1)];
    return low + (position - static_cast<double>(below)) * (high - low);
}

std::map<std::string, double> lossMetrics(const PolicyLossOptions& options, const PolicyLossTotals& totals)
{
    std::map<std::string, double> metrics{{"loss", totals.loss}};
    if (options.entropyCoef != 0.0)
        metrics["policy_loss"] = totals.policyLoss;
    if (totals.tokens > 0) {
        metrics["entropy"] = totals.entropy / totals.tokens;
        if (options.beta != 0.0)
            metrics["kl"] = totals.kl / totals.tokens;
    }
    if (totals.ratioCount > 0 && clipsRatio(options.lossType)) {
        metrics["clip_ratio/low_mean"] = totals.lowClipped / totals.ratioCount;
        metrics["clip_ratio/high_mean"] = totals.highClipped / totals.ratioCount;
        metrics["clip_ratio/region_mean"] = (totals.lowClipped + totals.highClipped) / totals.ratioCount;
        if (!std::isnan(totals.lowClippedMin)) {
            metrics["clip_ratio/low_min"] = totals.lowClippedMin;
            metrics["clip_ratio/high_max"] = totals.highClippedMax;
        }
    }
    if (totals.ratioCount > 0 && options.lossType == LossType::Cispo)
        metrics["cispo_clip_ratio"] = totals.cispoClipped / totals.ratioCount;
    if (totals.vespoSequences > 0 && options.lossType == LossType::Vespo)
        metrics["vespo/phi_seq_mean"] = totals.vespoPhi / totals.vespoSequences;
    return metrics;
}

} // namespace ahascope::train
