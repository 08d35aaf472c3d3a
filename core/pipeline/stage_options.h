// From the words of an experiment file to the options of the engine.
#pragma once

#include <cstdint>

#include "core/config/experiment.h"
#include "core/model/lora.h"
#include "core/train/advantages.h"
#include "core/train/policy_trainer.h"
#include "core/train/supervised_trainer.h"

namespace ahascope::pipeline {

// The experiment has been validated: an unknown word is a std::logic_error.
train::LossType lossType(const std::string& name);
train::ScaleRewards scaleRewards(const std::string& name);
model::LoraConfig loraConfig(const config::Lora& lora);
kernels::DType storedType(const std::string& name);
train::OptimizerOptions optimizerOptions(const config::Optimization& optimization, std::uint64_t roundingSeed);
train::ScheduleOptions scheduleOptions(const config::Optimization& optimization, std::int64_t steps);
train::PolicyTrainerOptions policyTrainerOptions(
    const config::GrpoStage& stage, std::int64_t steps, std::int64_t maxSequenceTokens, std::uint64_t roundingSeed);
train::SupervisedTrainerOptions supervisedTrainerOptions(const config::Optimization& optimization, std::int64_t steps,
    std::int64_t maxSequenceTokens, std::uint64_t roundingSeed);

} // namespace ahascope::pipeline
