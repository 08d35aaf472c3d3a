#include "core/config/experiment.h"

namespace ahascope::config {

std::string typeOf(const Stage& stage)
{
    struct Names {
        std::string operator()(const GrpoStage&) const { return "grpo"; }
        std::string operator()(const SftStage&) const { return "sft"; }
        std::string operator()(const PretrainStage&) const { return "pretrain"; }
    };
    return std::visit(Names{}, stage.options);
}

const Optimization& optimizationOf(const Stage& stage)
{
    return std::visit([](const auto& options) -> const Optimization& { return options.optimization; }, stage.options);
}

const Evaluation& evaluationOf(const Stage& stage)
{
    return std::visit([](const auto& options) -> const Evaluation& { return options.evaluation; }, stage.options);
}

std::int64_t maxCompletionLengthOf(const Stage& stage)
{
    return std::visit([](const auto& options) { return options.maxCompletionLength; }, stage.options);
}

} // namespace ahascope::config
