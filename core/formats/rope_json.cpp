#include "core/formats/rope_json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/model/rope.h"

namespace ahascope::formats {

namespace {

using model::ModelConfig;
using model::RopeScaling;
using model::RopeType;

constexpr std::int64_t LargestSize = std::int64_t{1} << 24;

struct TypeName {
    const char* name;
    RopeType type;
};
constexpr TypeName TypeNames[] = {{"default", RopeType::Default}, {"linear", RopeType::Linear},
    {"dynamic", RopeType::Dynamic}, {"yarn", RopeType::Yarn}, {"llama3", RopeType::Llama3}};

RopeType typeOf(const JsonObject& rope)
{
    const char* key = rope.has("rope_type") ? "rope_type" : "type";
    const std::string name = rope.text(key, "default");
    const auto found
        = std::find_if(std::begin(TypeNames), std::end(TypeNames), [&](auto& t) { return t.name == name; });
    if (found == std::end(TypeNames))
        rope.refuse(key, "'" + name.substr(0, 80) + "' is not supported",
            "supported are default, linear, dynamic, yarn and llama3");
    return found->type;
}

// transformers takes 0 for absent here.
double numberOr(const JsonObject& rope, const char* key, double absent)
{
    const double value = rope.number(key, absent);
    return value == 0.0 ? absent : value;
}

RopeScaling readScaling(const JsonObject& file, const JsonObject& rope, const ModelConfig& config)
{
    RopeScaling scaling;
    scaling.type = typeOf(rope);
    if (scaling.type == RopeType::Default)
        return scaling;
    if (scaling.type == RopeType::Yarn || scaling.type == RopeType::Llama3) {
        constexpr const char* Key = "original_max_position_embeddings";
        const JsonObject& place = file.has(Key) ? file : rope;
        scaling.originalPositions = place.integer(Key, 1, LargestSize, config.maxPositions);
    }
    if (scaling.type == RopeType::Yarn && !rope.has("factor"))
        scaling.factor = static_cast<double>(config.maxPositions) / static_cast<double>(scaling.originalPositions);
    else
        scaling.factor = rope.number("factor");
    if (scaling.type == RopeType::Llama3) {
        scaling.lowFrequencyFactor = rope.number("low_freq_factor");
        scaling.highFrequencyFactor = rope.number("high_freq_factor");
    }
    if (scaling.type == RopeType::Yarn) {
        scaling.attentionFactor = rope.has("attention_factor")
            ? rope.number("attention_factor")
            : model::yarnAttentionFactor(scaling.factor, rope.number("mscale", 0), rope.number("mscale_all_dim", 0));
        scaling.betaFast = numberOr(rope, "beta_fast", scaling.betaFast);
        scaling.betaSlow = numberOr(rope, "beta_slow", scaling.betaSlow);
        scaling.truncate = rope.boolean("truncate", true);
    }
    return scaling;
}

} // namespace

void readRope(const JsonObject& file, ModelConfig& config)
{
    double theta = file.number("rope_theta", 10000.0);
    const auto filled = [&](const char* key) { return file.has(key) && !file.at(key).empty(); };
    const char* key = filled("rope_scaling") ? "rope_scaling" : "rope_parameters";
    if (filled(key)) {
        const JsonObject rope = file.object(key);
        for (const auto& [name, value] : file.at(key).items()) {
            if (value.is_object())
                rope.refuse(name, "angles that differ from layer to layer are not supported");
        }
        if (rope.number("partial_rotary_factor", 1) != 1)
            rope.refuse("partial_rotary_factor", "is not 1", "choose a model without it");
        theta = rope.number("rope_theta", theta);
        config.ropeScaling = readScaling(file, rope, config);
    }
    config.ropeTheta = static_cast<float>(theta);
}

void writeRope(nlohmann::ordered_json& file, const ModelConfig& config)
{
    const RopeScaling& scaling = config.ropeScaling;
    const auto name = std::find_if(
        std::begin(TypeNames), std::end(TypeNames), [&](const TypeName& t) { return t.type == scaling.type; });
    nlohmann::ordered_json rope = {{"rope_type", name->name}};
    if (scaling.type != RopeType::Default)
        rope["factor"] = scaling.factor;
    if (scaling.originalPositions > 0)
        rope["original_max_position_embeddings"] = scaling.originalPositions;
    if (scaling.type == RopeType::Yarn) {
        rope["attention_factor"] = scaling.attentionFactor;
        rope["beta_fast"] = scaling.betaFast;
        rope["beta_slow"] = scaling.betaSlow;
        rope["truncate"] = scaling.truncate;
    }
    if (scaling.type == RopeType::Llama3) {
        rope["low_freq_factor"] = scaling.lowFrequencyFactor;
        rope["high_freq_factor"] = scaling.highFrequencyFactor;
    }
    const double theta = decimalOf(config.ropeTheta);
    file["rope_theta"] = theta;
    file["rope_scaling"] = scaling.type == RopeType::Default ? nlohmann::ordered_json(nullptr) : rope;
    rope["rope_theta"] = theta;
    file["rope_parameters"] = rope;
}

double decimalOf(float value)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    double decimal = 0;
    std::from_chars(text, end, decimal);
    return decimal;
}

} // namespace ahascope::formats
