#include "core/formats/model_config_json.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using model::Family;
using model::ModelConfig;
using nlohmann::json;

constexpr JsonLimits Limits{.maxBytes = 1u << 20, .maxDepth = 16, .maxValues = 100'000};
constexpr std::int64_t LargestSize = std::int64_t{1} << 24;

struct FamilyNames {
    Family family;
    const char* modelType;
    const char* architecture;
    std::int64_t maxPositions; // where config.json does not say
};

constexpr FamilyNames Families[] = {
    {Family::Llama, "llama", "LlamaForCausalLM", 2048},
    {Family::Qwen2, "qwen2", "Qwen2ForCausalLM", 32768},
};

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
            "supported are LlamaForCausalLM and Qwen2ForCausalLM");
    }
    for (const FamilyNames& names : Families) {
        if (type == names.modelType)
            return names;
    }
    config.refuse("model_type", "'" + type.substr(0, 80) + "' is not supported", "supported are llama and qwen2");
}

void refuseUnless(bool holds, const JsonObject& config, const char* key, const std::string& message)
{
    if (!holds)
        config.refuse(key, message, "choose a model without it");
}

// Rotary embedding: transformers 4 has rope_theta and rope_scaling, transformers 5 rope_parameters.
float readRopeTheta(const JsonObject& config)
{
    double theta = config.number("rope_theta", 10000.0);
    for (const char* key : {"rope_scaling", "rope_parameters"}) {
        if (!config.has(key))
            continue;
        const JsonObject rope = config.object(key);
        const std::string type = rope.text("rope_type", rope.text("type", "default"));
        refuseUnless(type == "default", rope, "rope_type", "'" + type.substr(0, 80) + "' is not supported yet");
        refuseUnless(rope.number("partial_rotary_factor", 1) == 1, rope, "partial_rotary_factor", "is not 1");
        theta = rope.number("rope_theta", theta);
    }
    return static_cast<float>(theta);
}

void refuseUnsupported(const JsonObject& config, Family family)
{
    const std::string activation = config.text("hidden_act", "silu");
    refuseUnless(activation == "silu", config, "hidden_act", "'" + activation.substr(0, 80) + "' is not supported");
    refuseUnless(
        !config.has("quantization_config"), config, "quantization_config", "quantised weights are not supported");
    refuseUnless(config.number("attention_dropout", 0) == 0, config, "attention_dropout", "is not 0");
    refuseUnless(config.number("partial_rotary_factor", 1) == 1, config, "partial_rotary_factor", "is not 1");
    refuseUnless(!config.boolean("mlp_bias", false), config, "mlp_bias", "is not supported");
    if (family == Family::Llama) // it would also put a bias on the output projection
        refuseUnless(!config.boolean("attention_bias", false), config, "attention_bias", "is not supported for Llama");
    refuseUnless(!config.boolean("use_sliding_window", false), config, "use_sliding_window", "is not supported yet");
    if (!config.has("layer_types"))
        return;
    const json& types = config.at("layer_types");
    refuseUnless(types.is_array(), config, "layer_types", "is not a list");
    for (const json& type : types)
        refuseUnless(
            type == "full_attention", config, "layer_types", type.dump().substr(0, 80) + " is not supported yet");
}

// The shortest decimal that is this float: 1e-06, not 9.999999974752427e-07.
double decimalOf(float value)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    double decimal = 0;
    std::from_chars(text, end, decimal);
    return decimal;
}

} // namespace

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
    config.kvHeads = file.integer("num_key_value_heads", 1, LargestSize, config.heads);
    if (!file.has("head_dim") && config.hiddenSize % config.heads != 0)
        file.refuse("num_attention_heads",
            std::to_string(config.heads) + " does not divide hidden_size = " + std::to_string(config.hiddenSize));
    config.headDim = file.integer("head_dim", 1, LargestSize, config.hiddenSize / config.heads);
    config.maxPositions = file.integer("max_position_embeddings", 1, LargestSize, names.maxPositions);
    config.rmsNormEpsilon = static_cast<float>(file.number("rms_norm_eps", 1e-6));
    config.ropeTheta = readRopeTheta(file);
    config.attentionBias = names.family == Family::Qwen2;
    config.tieEmbeddings = file.boolean("tie_word_embeddings", false);
    if (const std::string problem = problemWith(config); !problem.empty())
        throw InputError(Problem{where, problem, "the file is damaged or not a model's config.json"});
    return config;
}

std::string modelConfigJson(const ModelConfig& config, TensorType type, std::string_view original)
{
    using nlohmann::ordered_json;
    const FamilyNames& names = Families[config.family == Family::Llama ? 0 : 1];
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
    root["rope_theta"] = decimalOf(config.ropeTheta);
    root["rope_parameters"] = {{"rope_theta", decimalOf(config.ropeTheta)}, {"rope_type", "default"}};
    root["rope_scaling"] = nullptr;
    root["attention_dropout"] = 0.0;
    root["tie_word_embeddings"] = config.tieEmbeddings;
    if (config.family == Family::Llama) {
        root["attention_bias"] = false;
        root["mlp_bias"] = false;
    } else {
        root["use_sliding_window"] = false;
    }
    const char* dtype = type == TensorType::F32 ? "float32" : type == TensorType::BF16 ? "bfloat16" : "float16";
    root["torch_dtype"] = dtype; // transformers 4
    root["dtype"] = dtype;       // transformers 5
    return root.dump(2) + "\n";
}

} // namespace ahascope::formats
