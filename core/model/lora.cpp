#include "core/model/lora.h"

#include <algorithm>
#include <cmath>

namespace ahascope::model {

float LoraConfig::scale() const
{
    const auto r = static_cast<double>(rank);
    return static_cast<float>(alpha / (rankStabilised ? std::sqrt(r) : r));
}

std::vector<LoraModule> loraModules(const ModelConfig& config)
{
    const std::int64_t c = config.hiddenSize;
    const std::int64_t q = config.queryWidth();
    const std::int64_t kv = config.kvWidth();
    const std::int64_t i = config.intermediateSize;
    return {{"q_proj", "self_attn", LayerWeight::Qkv, 0, q, c}, {"k_proj", "self_attn", LayerWeight::Qkv, q, kv, c},
        {"v_proj", "self_attn", LayerWeight::Qkv, q + kv, kv, c}, {"o_proj", "self_attn", LayerWeight::Output, 0, c, q},
        {"gate_proj", "mlp", LayerWeight::GateUp, 0, i, c}, {"up_proj", "mlp", LayerWeight::GateUp, i, i, c},
        {"down_proj", "mlp", LayerWeight::Down, 0, c, i}};
}

const std::vector<std::string>& loraModuleNames()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const LoraModule& module : loraModules({}))
            all.push_back(module.name);
        return all;
    }();
    return names;
}

std::vector<LoraModule> targetsOf(const ModelConfig& config, const LoraConfig& lora)
{
    std::vector<LoraModule> targets = loraModules(config);
    std::erase_if(targets,
        [&](const LoraModule& module) { return std::ranges::find(lora.targets, module.name) == lora.targets.end(); });
    return targets;
}

std::string loraModulePath(std::int64_t layer, const LoraModule& module)
{
    return "model.layers." + std::to_string(layer) + "." + module.block + "." + module.name;
}

std::string loraTensorName(std::int64_t layer, const LoraModule& module, char matrix)
{
    return "base_model.model." + loraModulePath(layer, module) + ".lora_" + matrix + ".weight";
}

std::int64_t loraParameterCount(const ModelConfig& config, const LoraConfig& lora)
{
    std::int64_t count = 0;
    for (const LoraModule& module : targetsOf(config, lora))
        count += lora.rank * (module.rows + module.columns);
    return count * config.layers;
}

std::string problemWith(const LoraConfig& lora)
{
    if (lora.rank < 1)
        return "the rank is not at least 1";
    if (!std::isfinite(lora.alpha) || lora.alpha <= 0)
        return "alpha is not a positive number";
    if (lora.targets.empty())
        return "no module is to be adapted";
    const auto known
        = [](const std::string& name) { return std::ranges::find(loraModuleNames(), name) != loraModuleNames().end(); };
    const auto unknown = std::ranges::find_if_not(lora.targets, known);
    return unknown == lora.targets.end() ? "" : "there is no module " + *unknown;
}

} // namespace ahascope::model
