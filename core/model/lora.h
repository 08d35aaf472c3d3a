// Low-rank adapters (LoRA; Hu et al. 2021, arXiv 2106.09685) of a model's linear modules, as PEFT has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model_config.h"

namespace ahascope::model {

// Field meanings are those of PEFT's LoraConfig.
struct LoraConfig {
    std::int64_t rank = 0;                 // r
    double alpha = 0;                      // lora_alpha
    bool rankStabilised = false;           // use_rslora (Kalajdzievski 2023, arXiv 2312.03732)
    std::vector<std::string> targets = {}; // names of LoraModule, in their order

    bool operator==(const LoraConfig&) const = default;

    // alpha / r, or alpha / sqrt(r) when rank-stabilised.
    float scale() const;
};

// Which of the weights of a layer.
enum class LayerWeight { Qkv, Output, GateUp, Down };

// A linear module of a layer under its Hugging Face name: rows [firstRow, firstRow + rows) of one of our weights.
struct LoraModule {
    std::string name;  // "q_proj"
    std::string block; // "self_attn" or "mlp"
    LayerWeight weight = LayerWeight::Qkv;
    std::int64_t firstRow = 0;
    std::int64_t rows = 0;    // out
    std::int64_t columns = 0; // in
};

// q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj: what PEFT's "all-linear" takes.
std::vector<LoraModule> loraModules(const ModelConfig& config);
const std::vector<std::string>& loraModuleNames();

// The modules of one layer that the adapter changes.
std::vector<LoraModule> targetsOf(const ModelConfig& config, const LoraConfig& lora);

// "model.layers.0.self_attn.q_proj"
std::string loraModulePath(std::int64_t layer, const LoraModule& module);
// "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight" as PEFT saves it; `matrix` is 'A' or 'B'.
std::string loraTensorName(std::int64_t layer, const LoraModule& module, char matrix);

// Number of trained values.
std::int64_t loraParameterCount(const ModelConfig& config, const LoraConfig& lora);

// The first thing that makes the adapter impossible, in words; empty when it is sound.
std::string problemWith(const LoraConfig& lora);

} // namespace ahascope::model
