// The learning rate over a stage, as Hugging Face's schedulers have it.
#pragma once

#include <cstdint>

namespace ahascope::train {

enum class SchedulerType { Constant, Linear, Cosine, CosineWithMinLr };

struct ScheduleOptions {
    SchedulerType type = SchedulerType::Linear;
    double learningRate = 1e-6;   // the peak
    std::int64_t steps = 0;       // optimizer updates of the stage
    std::int64_t warmupSteps = 0; // takes precedence over the ratio when above 0
    double warmupRatio = 0.0;     // of steps, rounded up
    double minLearningRate = 0.0; // of cosine_with_min_lr
};

// Learning rate of update `step`, counted from 0. With a warm-up the first update has rate 0 and the peak is reached
// at `warmup`; "constant" with a warm-up is Hugging Face's constant_with_warmup.
double learningRateAt(const ScheduleOptions& options, std::int64_t step);

} // namespace ahascope::train
