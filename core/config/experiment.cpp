#include "core/config/experiment.h"

#include <sstream>

#include "core/model/lora.h"

namespace ahascope::config {

std::vector<std::string> targetModules(const Lora& lora)
{
    if (lora.targetModules == "all-linear")
        return model::loraModuleNames();
    std::vector<std::string> names;
    std::istringstream list(lora.targetModules);
    for (std::string name; std::getline(list, name, ',');) {
        const std::size_t begin = name.find_first_not_of(' ');
        if (begin != std::string::npos)
            names.push_back(name.substr(begin, name.find_last_not_of(' ') + 1 - begin));
    }
    return names;
}

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

std::int64_t maxLengthOf(const Stage& stage)
{
    if (const auto* sft = std::get_if<SftStage>(&stage.options))
        return sft->maxLength;
    const auto* pretrain = std::get_if<PretrainStage>(&stage.options);
    return pretrain ? pretrain->maxLength : 0;
}

} // namespace ahascope::config
