#include "core/train/advantages.h"

#include <cmath>
#include <limits>

#include "kernels/error.h"

namespace ahascope::train {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

struct Spread {
    double mean = missing;
    double std = missing; // ddof 1
};

Spread spreadOf(std::span<const double> values)
{
    double sum = 0;
    double count = 0;
    for (const double value : values)
        if (!std::isnan(value)) {
            sum += value;
            ++count;
        }
    if (count == 0)
        return {};
    Spread spread;
    spread.mean = sum / count;
    double squares = 0;
    for (const double value : values)
        if (!std::isnan(value))
            squares += (value - spread.mean) * (value - spread.mean);
    if (count > 1)
        spread.std = std::sqrt(squares / (count - 1));
    return spread;
}

bool isZero(double std)
{
    return std::abs(std) <= 1e-8;
}

} // namespace

Advantages computeAdvantages(std::span<const double> rewards, std::size_t groupSize, ScaleRewards scale)
{
    kernels::expect(groupSize > 0 && rewards.size() % groupSize == 0, "the rewards are whole groups");
    Advantages result;
    const Spread batch = spreadOf(rewards);
    result.reward = batch.mean;
    result.rewardStd = batch.std;
    double zeroStd = 0;
    for (std::size_t begin = 0; begin < rewards.size(); begin += groupSize) {
        const auto group = rewards.subspan(begin, groupSize);
        Spread spread = spreadOf(group);
        if (groupSize == 1)
            spread.std = 0;
        result.groupMeans.push_back(spread.mean);
        result.groupStds.push_back(spread.std);
        double std = spread.std;
        if (scale == ScaleRewards::Batch)
            std = rewards.size() > 1 ? batch.std : 0;
        zeroStd += isZero(std) ? static_cast<double>(groupSize) : 0;
        for (const double reward : group) {
            double advantage = reward - spread.mean;
            if (scale != ScaleRewards::None)
                advantage /= std + 1e-4;
            result.values.push_back(std::isnan(advantage) ? 0.0f : static_cast<float>(advantage));
        }
    }
    if (!rewards.empty())
        result.fracRewardZeroStd = zeroStd / static_cast<double>(rewards.size());
    return result;
}

} // namespace ahascope::train
