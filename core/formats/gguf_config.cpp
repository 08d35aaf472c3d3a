#include "core/formats/gguf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/formats/gguf_rope.h"
#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;

constexpr std::int64_t LargestSize = std::int64_t{1} << 24; // as in model_config_json.cpp
constexpr JsonLimits ConfigLimits{.maxBytes = 1u << 20, .maxDepth = 16, .maxValues = 100'000};

struct Names {
    const char* modelType;
    const char* className;
    const char* architecture;
};

// Of two rows with one architecture the first is the plain one.
constexpr Names Families[] = {
    {"llama", "LlamaForCausalLM", "llama"},
    {"mistral", "MistralForCausalLM", "llama"},
    {"qwen2", "Qwen2ForCausalLM", "qwen2"},
    {"qwen3", "Qwen3ForCausalLM", "qwen3"},
};

constexpr const char* SlidingWindow = ".attention.sliding_window";

// Mistral is a Llama whose attention looks back a limited number of tokens.
const Names& familyOf(const GgufMetadata& metadata, const std::string& architecture)
{
    const bool windowed = metadata.has(architecture + SlidingWindow);
    return *std::find_if(std::begin(Families), std::end(Families), [&](const Names& names) {
        return architecture == names.architecture
            && (architecture != "llama" || (names.modelType == std::string("mistral")) == windowed);
    });
}

void refuseUnsupported(const GgufMetadata& metadata, const std::string& architecture)
{
    for (const char* key : {".expert_count", ".attention.clamp_kqv", ".attention.max_alibi_bias", ".logit_scale"})
        if (metadata.has(architecture + key) && metadata.number(architecture + key) != 0)
            metadata.refuse(architecture + key, "is not supported", "choose a model without it");
    if (metadata.integer("split.count", 0, INT32_MAX, 1) > 1)
        metadata.refuse("split.count", "the model is divided over several files",
            "put them together with llama-gguf-split --merge");
    const std::int64_t headDim = ggufHeadDim(metadata);
    for (const char* key : {".rope.dimension_count", ".attention.value_length"})
        if (metadata.integer(architecture + key, 1, LargestSize, headDim) != headDim)
            metadata.refuse(architecture + key, "is not the size of a head, " + std::to_string(headDim));
}

bool hasTensor(const GgufHeader& header, std::string_view name)
{
    return std::any_of(
        header.tensors.begin(), header.tensors.end(), [&](const TensorEntry& tensor) { return tensor.name == name; });
}

const Names& familyNamed(const JsonObject& config)
{
    const std::string type = config.text("model_type");
    for (const Names& names : Families)
        if (type == names.modelType)
            return names;
    config.refuse("model_type", "'" + type.substr(0, 80) + "' has no counterpart in GGUF", "export as safetensors");
}

// What llama.cpp would silently compute differently.
void refuseWithoutCounterpart(const JsonObject& config)
{
    const bool alwaysBiased = config.text("model_type") == "qwen2"; // some of its folders say so
    for (const char* key : {"use_sliding_window", "attention_bias", "mlp_bias"})
        if (config.boolean(key, false) && !(alwaysBiased && key == std::string_view("attention_bias")))
            config.refuse(key, "has no counterpart in GGUF", "export as safetensors");
}

} // namespace

std::string ggufArchitecture(const GgufMetadata& metadata)
{
    const std::string architecture = metadata.text("general.architecture");
    for (const Names& names : Families)
        if (architecture == names.architecture)
            return architecture;
    metadata.refuse("general.architecture", "'" + architecture.substr(0, 80) + "' is not supported",
        "supported are llama, qwen2 and qwen3");
}

std::int64_t ggufHeadDim(const GgufMetadata& metadata)
{
    const std::string architecture = ggufArchitecture(metadata);
    const std::int64_t heads = metadata.integer(architecture + ".attention.head_count", 1, LargestSize);
    const std::int64_t size = metadata.integer(architecture + ".embedding_length", 1, LargestSize);
    const std::string key = architecture + ".attention.key_length";
    if (!metadata.has(key) && size % heads != 0)
        metadata.refuse(key, "is missing, and the heads do not divide the embedding");
    const std::int64_t headDim = metadata.integer(key, 1, LargestSize, size / heads);
    if (headDim % 2 != 0)
        metadata.refuse(key, "heads of " + std::to_string(headDim) + " values cannot be rotated");
    return headDim;
}

std::string configFromGguf(const GgufHeader& header, std::span<const std::byte> file)
{
    const GgufMetadata& metadata = header.metadata;
    const std::string architecture = ggufArchitecture(metadata);
    refuseUnsupported(metadata, architecture);
    const Names& names = familyOf(metadata, architecture);
    const auto size = [&](const char* key) { return metadata.integer(architecture + key, 1, LargestSize); };
    nlohmann::ordered_json root;
    root["architectures"] = {names.className};
    root["model_type"] = names.modelType;
    root["vocab_size"] = metadata.texts("tokenizer.ggml.tokens").size();
    root["hidden_size"] = size(".embedding_length");
    root["intermediate_size"] = size(".feed_forward_length");
    root["num_hidden_layers"] = size(".block_count");
    root["num_attention_heads"] = size(".attention.head_count");
    root["num_key_value_heads"]
        = metadata.integer(architecture + ".attention.head_count_kv", 1, LargestSize, size(".attention.head_count"));
    root["head_dim"] = ggufHeadDim(metadata);
    root["max_position_embeddings"] = size(".context_length");
    root["hidden_act"] = "silu";
    root["rms_norm_eps"] = metadata.number(architecture + ".attention.layer_norm_rms_epsilon");
    const json rope = ropeFromGguf(header, file, architecture);
    root["rope_theta"] = rope["rope_theta"];
    root["rope_parameters"] = rope;
    if (metadata.has(architecture + SlidingWindow))
        root["sliding_window"] = size(SlidingWindow);
    else if (architecture != "llama")
        root["use_sliding_window"] = false;
    root["tie_word_embeddings"] = !hasTensor(header, "output.weight");
    root["torch_dtype"] = "float32";
    return root.dump(2) + "\n";
}

GgufConfig addConfig(GgufFields& fields, std::string_view text, const std::string& where)
{
    const json root = parseJson(text, where, ConfigLimits);
    const JsonObject config(root, where);
    refuseWithoutCounterpart(config);
    const std::string architecture = familyNamed(config).architecture;
    const auto size = [&](const char* key) { return config.integer(key, 1, LargestSize); };
    const std::int64_t heads = size("num_attention_heads");
    const std::int64_t headDim = config.integer("head_dim", 1, LargestSize, size("hidden_size") / heads);
    fields.text("general.architecture", architecture);
    fields.text("general.type", "model");
    fields.u32(architecture + ".vocab_size", size("vocab_size"));
    fields.u32(architecture + ".context_length", size("max_position_embeddings"));
    fields.u32(architecture + ".embedding_length", size("hidden_size"));
    fields.u32(architecture + ".block_count", size("num_hidden_layers"));
    fields.u32(architecture + ".feed_forward_length", size("intermediate_size"));
    fields.u32(architecture + ".attention.head_count", heads);
    fields.u32(architecture + ".attention.head_count_kv", config.integer("num_key_value_heads", 1, LargestSize, heads));
    fields.u32(architecture + ".attention.key_length", headDim);
    fields.u32(architecture + ".attention.value_length", headDim);
    fields.u32(architecture + ".rope.dimension_count", headDim);
    fields.f32(architecture + ".attention.layer_norm_rms_epsilon", config.number("rms_norm_eps"));
    if (config.text("model_type") == "mistral" && config.has("sliding_window"))
        fields.u32(architecture + SlidingWindow, size("sliding_window"));
    const json none = json::object();
    const char* key = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    const JsonObject rope = config.has(key) ? config.object(key) : JsonObject(none, where);
    const double theta = rope.number("rope_theta", config.number("rope_theta", 10000.0));
    return {architecture, addRope(fields, architecture, rope, theta, headDim, size("max_position_embeddings"))};
}

} // namespace ahascope::formats
