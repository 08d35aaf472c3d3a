#include "core/formats/gguf_rope.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "core/formats/gguf_config.h"
#include "core/formats/gguf_names.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;

// llama.cpp knows the llama3 scaling by its divisors alone; this key of our own says what they were made of.
constexpr const char* Llama3Key = "ahascope.rope_parameters";

struct Llama3 {
    double factor = 8;
    double lowFrequencyFactor = 1;
    double highFrequencyFactor = 4;
    double originalPositions = 8192;
};

Llama3 readLlama3(const JsonObject& rope)
{
    Llama3 scaling;
    scaling.factor = rope.number("factor");
    scaling.lowFrequencyFactor = rope.number("low_freq_factor");
    scaling.highFrequencyFactor = rope.number("high_freq_factor");
    scaling.originalPositions = rope.number("original_max_position_embeddings");
    if (!(scaling.factor >= 1) || !(scaling.lowFrequencyFactor > 0)
        || !(scaling.highFrequencyFactor > scaling.lowFrequencyFactor) || !(scaling.originalPositions >= 1))
        rope.refuse("factor", "the llama3 scaling is out of range");
    return scaling;
}

json toJson(const Llama3& scaling)
{
    return {{"rope_type", "llama3"}, {"factor", scaling.factor}, {"low_freq_factor", scaling.lowFrequencyFactor},
        {"high_freq_factor", scaling.highFrequencyFactor},
        {"original_max_position_embeddings", static_cast<std::int64_t>(scaling.originalPositions)}};
}

// What each rotary frequency is divided by (_compute_llama3_parameters of transformers).
std::vector<float> divisors(const Llama3& scaling, double theta, std::int64_t headDim)
{
    std::vector<float> result;
    for (std::int64_t i = 0; i < headDim / 2; ++i) {
        const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(headDim);
        const double waveLength = 2 * std::numbers::pi * std::pow(theta, exponent);
        const double smooth = std::clamp((scaling.originalPositions / waveLength - scaling.lowFrequencyFactor)
                / (scaling.highFrequencyFactor - scaling.lowFrequencyFactor),
            0.0, 1.0);
        result.push_back(static_cast<float>(1 / ((1 - smooth) / scaling.factor + smooth)));
    }
    return result;
}

json llama3FromGguf(
    const GgufMetadata& metadata, const TensorEntry& tensor, std::span<const std::byte> bytes, double theta)
{
    const std::int64_t headDim = ggufHeadDim(metadata);
    if (tensor.type != TensorType::F32 || tensor.count != static_cast<std::uint64_t>(headDim / 2))
        metadata.refuse(tensor.name, "is not " + std::to_string(headDim / 2) + " values in F32");
    std::vector<float> stored(tensor.count);
    toFloat(tensor.type, bytes, stored);
    Llama3 scaling;
    if (metadata.has(Llama3Key)) {
        const std::string where = metadata.where() + ": " + Llama3Key;
        const json parameters = parseJson(metadata.text(Llama3Key), where, {.maxBytes = 4096, .maxDepth = 4});
        scaling = readLlama3(JsonObject(parameters, where));
    } else {
        scaling.factor = *std::max_element(stored.begin(), stored.end());
    }
    const std::vector<float> expected = divisors(scaling, theta, headDim);
    for (std::size_t i = 0; i < stored.size(); ++i)
        if (!(std::fabs(stored[i] - expected[i]) <= 1e-4f * expected[i]))
            metadata.refuse(tensor.name, "are not the divisors of the llama3 scaling of Llama 3.1 to 3.3",
                "use the model's Hugging Face folder, whose config.json names its scaling");
    return toJson(scaling);
}

json yarnFromGguf(const GgufMetadata& metadata, const std::string& prefix, double factor)
{
    json rope{{"rope_type", "yarn"}, {"factor", factor}};
    if (metadata.has(prefix + "original_context_length"))
        rope["original_max_position_embeddings"]
            = metadata.integer(prefix + "original_context_length", 1, std::int64_t{1} << 31);
    if (metadata.has(prefix + "yarn_beta_fast"))
        rope["beta_fast"] = metadata.number(prefix + "yarn_beta_fast");
    if (metadata.has(prefix + "yarn_beta_slow"))
        rope["beta_slow"] = metadata.number(prefix + "yarn_beta_slow");
    if (const double share = metadata.number(prefix + "attn_factor", 1); share != 1)
        rope["attention_factor"] = share * (1 + 0.1 * std::log(factor));
    return rope;
}

} // namespace

json ropeFromGguf(const GgufHeader& header, std::span<const std::byte> file, const std::string& architecture)
{
    const GgufMetadata& metadata = header.metadata;
    const double theta = metadata.number(architecture + ".rope.freq_base", 10000.0);
    const std::string prefix = architecture + ".rope.scaling.";
    const std::string type = metadata.text(prefix + "type", "none");
    const double factor = metadata.number(prefix + "factor", metadata.number(architecture + ".rope.scale_linear", 1));
    const auto divided = std::find_if(header.tensors.begin(), header.tensors.end(),
        [](const TensorEntry& tensor) { return tensor.name == RopeFactorsTensor; });
    json rope{{"rope_type", "default"}};
    if (type == "yarn")
        rope = yarnFromGguf(metadata, prefix, factor);
    else if (type == "linear" || (type == "none" && factor != 1))
        rope = {{"rope_type", "linear"}, {"factor", factor}};
    else if (type != "none")
        metadata.refuse(
            prefix + "type", "'" + type.substr(0, 40) + "' is not supported", "supported are linear and yarn");
    if (divided != header.tensors.end()) {
        if (rope["rope_type"] != "default")
            metadata.refuse(RopeFactorsTensor, "contradicts " + prefix + "type = " + type);
        rope = llama3FromGguf(
            metadata, *divided, file.subspan(header.dataBegin + divided->begin, divided->end - divided->begin), theta);
    }
    rope["rope_theta"] = theta;
    return rope;
}

std::vector<float> addRope(GgufFields& fields, const std::string& architecture, const JsonObject& rope, double theta,
    std::int64_t headDim, std::int64_t maxPositions)
{
    const std::string prefix = architecture + ".rope.scaling.";
    const std::string type = rope.text("rope_type", rope.text("type", "default"));
    fields.f32(architecture + ".rope.freq_base", theta);
    if (type == "default")
        return {};
    if (type == "llama3") {
        const Llama3 scaling = readLlama3(rope);
        fields.text(Llama3Key, toJson(scaling).dump());
        return divisors(scaling, theta, headDim);
    }
    if (type != "linear" && type != "yarn")
        rope.refuse("rope_type", "'" + type.substr(0, 80) + "' has no counterpart in GGUF", "export as safetensors");
    const double factor = rope.number("factor");
    fields.text(prefix + "type", type);
    fields.f32(prefix + "factor", factor);
    if (type == "linear")
        return {};
    fields.u32(prefix + "original_context_length",
        rope.integer("original_max_position_embeddings", 1, std::int64_t{1} << 31, maxPositions));
    if (rope.has("beta_fast"))
        fields.f32(prefix + "yarn_beta_fast", rope.number("beta_fast"));
    if (rope.has("beta_slow"))
        fields.f32(prefix + "yarn_beta_slow", rope.number("beta_slow"));
    if (rope.has("attention_factor"))
        fields.f32(prefix + "attn_factor", rope.number("attention_factor") / (1 + 0.1 * std::log(factor)));
    return {};
}

} // namespace ahascope::formats
