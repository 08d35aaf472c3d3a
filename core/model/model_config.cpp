#include "core/model/model_config.h"

namespace ahascope::model {

namespace {

// Beyond any model that fits the machines this program is for; keeps every product of two within 63 bits.
constexpr std::int64_t largest = std::int64_t{1} << 24;

std::string outOfRange(const char* name, std::int64_t value)
{
    return std::string(name) + " is " + std::to_string(value) + ", it must be from 1 to " + std::to_string(largest);
}

} // namespace

std::int64_t parameterCount(const ModelConfig& config)
{
    const std::int64_t c = config.hiddenSize;
    std::int64_t layer = config.qkvWidth() * c + c * config.queryWidth() + 3 * config.intermediateSize * c + 2 * c;
    if (config.attentionBias)
        layer += config.qkvWidth();
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
    return {};
}

} // namespace ahascope::model
