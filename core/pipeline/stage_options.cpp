#include "core/pipeline/stage_options.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace ahascope::pipeline {

namespace {

template <typename Value, std::size_t Count>
Value named(const std::array<std::pair<const char*, Value>, Count>& choices, const std::string& name)
{
    for (const auto& [word, value] : choices)
        if (name == word)
            return value;
    throw std::logic_error("an experiment that was not validated: " + name);
}

} // namespace

train::LossType lossType(const std::string& name)
{
    using train::LossType;
    static constexpr std::array<std::pair<const char*, LossType>, 8> choices{{{"grpo", LossType::Grpo},
        {"bnpo", LossType::Bnpo}, {"dapo", LossType::Dapo}, {"dr_grpo", LossType::DrGrpo}, {"cispo", LossType::Cispo},
        {"sapo", LossType::Sapo}, {"luspo", LossType::Luspo}, {"vespo", LossType::Vespo}}};
    return named(choices, name);
}

train::ScaleRewards scaleRewards(const std::string& name)
{
    using train::ScaleRewards;
    static constexpr std::array<std::pair<const char*, ScaleRewards>, 3> choices{
        {{"group", ScaleRewards::Group}, {"batch", ScaleRewards::Batch}, {"none", ScaleRewards::None}}};
    return named(choices, name);
}

model::LoraConfig loraConfig(const config::Lora& lora)
{
    const std::vector<std::string> wanted = config::targetModules(lora);
    model::LoraConfig config{.rank = lora.r, .alpha = lora.loraAlpha, .rankStabilised = lora.useRslora, .targets = {}};
    std::ranges::copy_if(model::loraModuleNames(), std::back_inserter(config.targets),
        [&](const std::string& name) { return std::ranges::find(wanted, name) != wanted.end(); });
    return config;
}

kernels::DType storedType(const std::string& name)
{
    static constexpr std::array<std::pair<const char*, kernels::DType>, 2> choices{
        {{"f32", kernels::DType::F32}, {"bf16", kernels::DType::BF16}}};
    return named(choices, name);
}

train::OptimizerOptions optimizerOptions(const config::Optimization& optimization, std::uint64_t roundingSeed)
{
    return {.type = optimization.optim == "adamw_8bit" ? train::OptimizerType::AdamW8bit : train::OptimizerType::AdamW,
        .beta1 = optimization.adamBeta1,
        .beta2 = optimization.adamBeta2,
        .epsilon = optimization.adamEpsilon,
        .weightDecay = optimization.weightDecay,
        .maxGradNorm = optimization.maxGradNorm,
        .roundingSeed = roundingSeed};
}

train::ScheduleOptions scheduleOptions(const config::Optimization& optimization, std::int64_t steps)
{
    using train::SchedulerType;
    static constexpr std::array<std::pair<const char*, SchedulerType>, 4> choices{
        {{"constant", SchedulerType::Constant}, {"linear", SchedulerType::Linear}, {"cosine", SchedulerType::Cosine},
            {"cosine_with_min_lr", SchedulerType::CosineWithMinLr}}};
    return {.type = named(choices, optimization.lrSchedulerType),
        .learningRate = optimization.learningRate,
        .steps = steps,
        .warmupSteps = optimization.warmupSteps,
        .warmupRatio = optimization.warmupRatio,
        .minLearningRate = optimization.minLr};
}

train::PolicyTrainerOptions policyTrainerOptions(
    const config::GrpoStage& stage, std::int64_t steps, std::int64_t maxSequenceTokens, std::uint64_t roundingSeed)
{
    train::PolicyTrainerOptions options;
    options.loss = {.lossType = lossType(stage.lossType),
        .importanceSamplingLevel = stage.importanceSamplingLevel == "sequence"
            ? train::ImportanceSamplingLevel::Sequence
            : train::ImportanceSamplingLevel::Token,
        .epsilon = stage.epsilon,
        .epsilonHigh = stage.epsilonHigh,
        .delta = stage.delta,
        .beta = stage.beta,
        .useBiasCorrectionKl = stage.useBiasCorrectionKl,
        .maskTruncatedCompletions = stage.maskTruncatedCompletions,
        .topEntropyQuantile = stage.topEntropyQuantile,
        .entropyCoef = stage.entropyCoef,
        .sapoTemperatureNeg = stage.sapoTemperatureNeg,
        .sapoTemperaturePos = stage.sapoTemperaturePos,
        .vespoKPos = stage.vespoKPos,
        .vespoLambdaPos = stage.vespoLambdaPos,
        .vespoKNeg = stage.vespoKNeg,
        .vespoLambdaNeg = stage.vespoLambdaNeg,
        .maxCompletionLength = stage.maxCompletionLength};
    options.optimizer = optimizerOptions(stage.optimization, roundingSeed);
    options.schedule = scheduleOptions(stage.optimization, steps);
    options.temperature = static_cast<float>(stage.temperature);
    options.tokenBudget = stage.optimization.microBatchTokens;
    options.maxSequenceTokens = maxSequenceTokens;
    options.gradientCheckpointing = stage.optimization.gradientCheckpointing;
    options.refModelMixupAlpha = static_cast<float>(stage.refModelMixupAlpha);
    options.refModelSyncSteps = stage.refModelSyncSteps;
    options.useAdaptiveEntropy = stage.useAdaptiveEntropy;
    options.entropyCoefMin = stage.entropyCoefMin;
    options.entropyCoefMax = stage.entropyCoefMax;
    options.entropyCoefDelta = stage.entropyCoefDelta;
    options.entropyTarget = stage.entropyTarget;
    return options;
}

train::SupervisedTrainerOptions supervisedTrainerOptions(const config::Optimization& optimization, std::int64_t steps,
    std::int64_t maxSequenceTokens, std::uint64_t roundingSeed)
{
    return {.optimizer = optimizerOptions(optimization, roundingSeed),
        .schedule = scheduleOptions(optimization, steps),
        .tokenBudget = optimization.microBatchTokens,
        .maxSequenceTokens = maxSequenceTokens,
        .gradientCheckpointing = optimization.gradientCheckpointing};
}

} // namespace ahascope::pipeline
