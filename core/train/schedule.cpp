#include "core/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ahascope::train {

double learningRateAt(const ScheduleOptions& options, std::int64_t step)
{
    const double steps = static_cast<double>(options.steps);
    const double warmup
        = options.warmupSteps > 0 ? static_cast<double>(options.warmupSteps) : std::ceil(steps * options.warmupRatio);
    const double now = static_cast<double>(step);
    if (now < warmup)
        return options.learningRate * now / std::max(1.0, warmup);

    const double progress = (now - warmup) / std::max(1.0, steps - warmup);
    const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
    switch (options.type) {
    case SchedulerType::Constant:
        return options.learningRate;
    case SchedulerType::Linear:
        return options.learningRate * std::max(0.0, (steps - now) / std::max(1.0, steps - warmup));
    case SchedulerType::Cosine:
        return options.learningRate * std::max(0.0, wave);
    case SchedulerType::CosineWithMinLr:
        return std::max(0.0, wave * (options.learningRate - options.minLearningRate) + options.minLearningRate);
    }
    return options.learningRate;
}

} // namespace ahascope::train
