#include "core/model/model_config.h"

#include <algorithm>

namespace ahascope::model {

namespace {

// Beyond any model that fits the machines this program is for; keeps every product of two within 63 bits.
constexpr std::int64_t largest = std::int64_t{1} << 24;

std::string outOfRange(const char* name, std::int64_t value)
{
    return std::string(name) + " is " + std::to_string(value) + ", it must be from 1 to " + std::to_string(largest);
}

// The first thing that makes the scaling of the rotary embedding impossible; empty when it is sound.
std::string problemWith(const RopeScaling& scaling)
{
    if (scaling.type == RopeType::Default)
        return {};
    if (!(scaling.factor >= 1.0 && scaling.factor <= 1e4))
        return "factor is " + std::to_string(scaling.factor) + ", it must lie between 1 and 10000";
    if (scaling.type == RopeType::Linear || scaling.type == RopeType::Dynamic)
        return {};
    if (scaling.originalPositions < 1 || scaling.originalPositions > largest)
        return outOfRange("original_max_position_embeddings", scaling.originalPositions);
    if (scaling.type == RopeType::Llama3) {
        if (!(scaling.lowFrequencyFactor > 0.0 && scaling.highFrequencyFactor > scaling.lowFrequencyFactor
                && scaling.highFrequencyFactor <= 1e6))
            return "high_freq_factor must lie between low_freq_factor and 1e6, and low_freq_factor above 0";
        return {};
    }
    if (!(scaling.attentionFactor > 0.0 && scaling.attentionFactor <= 100.0))
        return "attention_factor is " + std::to_string(scaling.attentionFactor) + ", it must lie between 0 and 100";
    if (!(scaling.betaSlow > 0.0 && scaling.betaFast >= scaling.betaSlow && scaling.betaFast <= 1e6))
        return "beta_fast must lie between beta_slow and 1e6, and beta_slow above 0";
    return {};
}

} // namespace

std::int64_t ModelConfig::contextLength() const
{
    switch (ropeScaling.type) {
    case RopeType::Default:
    case RopeType::Llama3:
        return maxPositions;
    case RopeType::Linear:
    case RopeType::Dynamic:
        return static_cast<std::int64_t>(static_cast<double>(maxPositions) * ropeScaling.factor);
    case RopeType::Yarn:
        return std::max(maxPositions,
            static_cast<std::int64_t>(static_cast<double>(ropeScaling.originalPositions) * ropeScaling.factor));
    }
    return maxPositions;
}

const char* nameOf(Family family)
{
    switch (family) {
    case Family::Llama:
        return "Llama";
    case Family::Qwen2:
        return "Qwen2";
    case Family::Qwen3:
        return "Qwen3";
    case Family::Mistral:
        return "Mistral";
    }
    return "";
}

std::int64_t parameterCount(const ModelConfig& config)
{
    const std::int64_t c = config.hiddenSize;
    std::int64_t layer = config.qkvWidth() * c + c * config.queryWidth() + 3 * config.intermediateSize * c + 2 * c;
    if (config.attentionBias)
        layer += config.qkvWidth();
    if (config.outputBias)
        layer += c;
    if (config.qkNorm)
        layer += 2 * config.headDim;
    const std::int64_t tables = config.vocabSize * c * (config.tieEmbeddings ? 1 : 2);
    return tables + config.layers * layer + c;
}

std::string problemWith(const ModelConfig& config)
{
    const struct {
        const char* name;
        std::int64_t value;
    } sizes[] = {
        {"vocab_size", config.vocabSize},
        {"hidden_size", config.hiddenSize},
        {"intermediate_size", config.intermediateSize},
        {"num_hidden_layers", config.layers},
        {"num_attention_heads", config.heads},
        {"num_key_value_heads", config.kvHeads},
        {"head_dim", config.headDim},
        {"max_position_embeddings", config.maxPositions},
    };
    for (const auto& size : sizes)
        if (size.value < 1 || size.value > largest)
            return outOfRange(size.name, size.value);
    if (config.heads % config.kvHeads != 0)
        return "num_key_value_heads is " + std::to_string(config.kvHeads)
            + ", it must divide num_attention_heads = " + std::to_string(config.heads);
    if (config.headDim % 2 != 0)
        return "head_dim is " + std::to_string(config.headDim) + ", the rotary embedding needs an even number";
    if (!(config.rmsNormEpsilon > 0.0f && config.rmsNormEpsilon < 1.0f))
        return "rms_norm_eps is " + std::to_string(config.rmsNormEpsilon) + ", it must lie between 0 and 1";
    if (!(config.ropeTheta > 1.0f && config.ropeTheta < 1e12f))
        return "rope_theta is " + std::to_string(config.ropeTheta) + ", it must lie between 1 and 1e12";
    if (config.slidingWindow < 0 || config.slidingWindow > largest)
        return outOfRange("sliding_window", config.slidingWindow);
    if (config.fullLayers < 0 || config.fullLayers > config.layers)
        return "max_window_layers is " + std::to_string(config.fullLayers) + ", the model has "
            + std::to_string(config.layers) + " layers";
    if (config.ropeScaling.type == RopeType::Dynamic && config.headDim == 2)
        return "head_dim is 2, dynamic scaling of the rotary embedding needs more";
    if (const std::string problem = problemWith(config.ropeScaling); !problem.empty())
        return "rope_scaling: " + problem;
    if (config.contextLength() > largest)
        return "rope_scaling: factor stretches the context to more than " + std::to_string(largest) + " positions";
    return {};
}

} // namespace ahascope::model
