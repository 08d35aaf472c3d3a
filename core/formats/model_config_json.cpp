#include "core/formats/model_config_json.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "core/formats/json.h"
#include "core/formats/rope_json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using model::Family;
using model::ModelConfig;
using nlohmann::json;

constexpr JsonLimits Limits{.maxBytes = 1u << 20, .maxDepth = 16, .maxValues = 100'000};
constexpr std::int64_t LargestSize = std::int64_t{1} << 24;

// What transformers takes a family for, and what it assumes where config.json has not got the key.
struct FamilyNames {
    Family family;
    const char* modelType;
    const char* architecture;
    std::int64_t maxPositions;
    std::int64_t kvHeads;       // 0 = as many as heads
    std::int64_t headDim;       // 0 = hidden_size / num_attention_heads
    std::int64_t slidingWindow; // of layers that have one
};

constexpr FamilyNames Families[] = {
    {Family::Llama, "llama", "LlamaForCausalLM", 2048, 0, 0, 0},
    {Family::Qwen2, "qwen2", "Qwen2ForCausalLM", 32768, 32, 0, 4096},
    {Family::Qwen3, "qwen3", "Qwen3ForCausalLM", 32768, 32, 128, 4096},
    {Family::Mistral, "mistral", "MistralForCausalLM", 131072, 8, 0, 4096},
};

std::string listOf(const char* FamilyNames::*name)
{
    std::string list;
    for (const FamilyNames& names : Families)
        list += (list.empty() ? "" : ", ") + std::string(names.*name);
    return list;
}

const FamilyNames& familyNamed(const JsonObject& config)
{
    const std::string type = config.text("model_type");
    if (config.has("architectures")) {
        const json& list = config.at("architectures");
        for (const FamilyNames& names : Families) {
            if (list.is_array() && list.size() == 1 && list[0] == names.architecture && type == names.modelType)
                return names;
        }
        config.refuse("architectures", list.dump().substr(0, 200) + " with model_type '" + type + "' is not supported",
            "supported are " + listOf(&FamilyNames::architecture));
    }
    for (const FamilyNames& names : Families) {
        if (type == names.modelType)
            return names;
    }
    config.refuse("model_type", "'" + type.substr(0, 80) + "' is not supported",
        "supported are " + listOf(&FamilyNames::modelType));
}

void refuseUnless(bool holds, const JsonObject& config, const char* key, const std::string& message)
{
    if (!holds)
        config.refuse(key, message, "choose a model without it");
}

void refuseUnsupported(const JsonObject& config, Family family)
{
    const std::string activation = config.text("hidden_act", "silu");
    refuseUnless(activation == "silu", config, "hidden_act", "'" + activation.substr(0, 80) + "' is not supported");
    for (const char* key : {"quantization_config", "compression_config"})
        refuseUnless(!config.has(key), config, key, "quantised weights are not supported");
    refuseUnless(config.number("partial_rotary_factor", 1) == 1, config, "partial_rotary_factor", "is not 1");
    refuseUnless(config.boolean("is_causal", true), config, "is_causal", "attention to later tokens is not supported");
    for (const char* key : {"mlp_bias", "use_mrope", "rope_interleaved"})
        refuseUnless(!config.boolean(key, false), config, key, "is not supported");
    if (family == Family::Qwen2 || family == Family::Mistral) // their classes in transformers do not look at it
        refuseUnless(config.boolean("attention_bias", family == Family::Qwen2) == (family == Family::Qwen2), config,
            "attention_bias", "is not an option of this architecture");
}

// Llama has no window, Mistral one in every layer; Qwen has it, when it is switched on, in the layers from
// max_window_layers on, or in those that layer_types names.
void readWindow(const JsonObject& config, const json& root, const FamilyNames& names, ModelConfig& model)
{
    const bool mistral = names.family == Family::Mistral;
    const bool qwen = names.family == Family::Qwen2 || names.family == Family::Qwen3;
    if (mistral || (qwen && config.boolean("use_sliding_window", false))) {
        const std::int64_t absent = root.contains("sliding_window") ? 0 : names.slidingWindow; // null = none
        model.slidingWindow = config.integer("sliding_window", 1, LargestSize, absent);
    }
    const bool chosen = qwen && model.slidingWindow > 0; // which layers have it
    if (chosen)
        model.fullLayers = std::min(model.layers, config.integer("max_window_layers", 0, LargestSize, 28));
    if (!config.has("layer_types"))
        return;
    const json& types = config.at("layer_types");
    refuseUnless(types.is_array() && static_cast<std::int64_t>(types.size()) == model.layers, config, "layer_types",
        "is not a list of one type for each layer");
    if (chosen) {
        const auto full = std::find_if(types.begin(), types.end(), [](const json& t) { return t != "full_attention"; });
        model.fullLayers = full - types.begin();
    }
    for (std::int64_t layer = 0; layer < model.layers; ++layer) {
        const char* expected = model.windowOf(layer) > 0 ? "sliding_attention" : "full_attention";
        const json& type = types[static_cast<std::size_t>(layer)];
        refuseUnless(type == expected, config, "layer_types",
            type.dump().substr(0, 80) + " for layer " + std::to_string(layer) + " is not supported, " + expected
                + " is what the other keys say");
    }
}

void writeWindow(nlohmann::ordered_json& root, const ModelConfig& config)
{
    if (config.family == Family::Llama)
        return;
    if (config.family == Family::Mistral) {
        root["sliding_window"] = config.slidingWindow > 0 ? nlohmann::ordered_json(config.slidingWindow) : nullptr;
        return;
    }
    root["use_sliding_window"] = config.slidingWindow > 0;
    if (config.slidingWindow == 0)
        return;
    root["sliding_window"] = config.slidingWindow;
    root["max_window_layers"] = config.fullLayers;
}

} // namespace

Family familyOf(std::string_view modelType)
{
    for (const FamilyNames& names : Families)
        if (modelType == names.modelType)
            return names.family;
    throw std::logic_error("familyOf: there is no family " + std::string(modelType));
}

ModelConfig parseModelConfig(std::string_view text, const std::string& where)
{
    const json root = parseJson(text, where, Limits);
    const JsonObject file(root, where);
    const FamilyNames& names = familyNamed(file);
    refuseUnsupported(file, names.family);
    const auto size = [&](const char* key) { return file.integer(key, 1, LargestSize); };

    ModelConfig config;
    config.family = names.family;
    config.vocabSize = size("vocab_size");
    config.hiddenSize = size("hidden_size");
    config.intermediateSize = size("intermediate_size");
    config.layers = size("num_hidden_layers");
    config.heads = size("num_attention_heads");
    const bool asManyAsHeads = names.kvHeads == 0 || root.contains("num_key_value_heads"); // null = as many as heads
    config.kvHeads = file.integer("num_key_value_heads", 1, LargestSize, asManyAsHeads ? config.heads : names.kvHeads);
    if (!file.has("head_dim") && names.headDim == 0 && config.hiddenSize % config.heads != 0)
        file.refuse("num_attention_heads",
            std::to_string(config.heads) + " does not divide hidden_size = " + std::to_string(config.hiddenSize));
    config.headDim = file.integer(
        "head_dim", 1, LargestSize, names.headDim == 0 ? config.hiddenSize / config.heads : names.headDim);
    config.maxPositions = file.integer("max_position_embeddings", 1, LargestSize, names.maxPositions);
    config.rmsNormEpsilon = static_cast<float>(file.number("rms_norm_eps", 1e-6));
    readRope(file, config);
    readWindow(file, root, names, config);
    const bool bias = file.boolean("attention_bias", false);
    config.attentionBias = names.family == Family::Qwen2 || bias;
    config.outputBias = names.family != Family::Qwen2 && bias;
    config.qkNorm = names.family == Family::Qwen3;
    config.tieEmbeddings = file.boolean("tie_word_embeddings", false);
    if (const std::string problem = problemWith(config); !problem.empty())
        throw InputError(Problem{where, problem, "the file is damaged or not a model's config.json"});
    return config;
}

std::string modelConfigJson(const ModelConfig& config, TensorType type, std::string_view original)
{
    using nlohmann::ordered_json;
    const FamilyNames& names = *std::find_if(std::begin(Families), std::end(Families),
        [&](const FamilyNames& family) { return family.family == config.family; });
    ordered_json root = original.empty() ? ordered_json::object() : ordered_json::parse(original);
    root["architectures"] = {names.architecture};
    root["model_type"] = names.modelType;
    root["vocab_size"] = config.vocabSize;
    root["hidden_size"] = config.hiddenSize;
    root["intermediate_size"] = config.intermediateSize;
    root["num_hidden_layers"] = config.layers;
    root["num_attention_heads"] = config.heads;
    root["num_key_value_heads"] = config.kvHeads;
    root["head_dim"] = config.headDim;
    root["max_position_embeddings"] = config.maxPositions;
    root["hidden_act"] = "silu";
    root["rms_norm_eps"] = decimalOf(config.rmsNormEpsilon);
    writeRope(root, config);
    root.emplace("attention_dropout", 0.0);
    root["tie_word_embeddings"] = config.tieEmbeddings;
    if (config.family == Family::Llama)
        root["mlp_bias"] = false;
    if (config.family == Family::Llama || config.family == Family::Qwen3)
        root["attention_bias"] = config.attentionBias;
    writeWindow(root, config);
    const char* dtype = type == TensorType::F32 ? "float32" : type == TensorType::BF16 ? "bfloat16" : "float16";
    root["torch_dtype"] = dtype; // transformers 4
    root["dtype"] = dtype;       // transformers 5
    return root.dump(2) + "\n";
}

} // namespace ahascope::formats
