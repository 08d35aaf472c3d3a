#include "tests/gpu/shapes.h"

#include <stdexcept>

namespace ahascope::gpu {

namespace {

model::ModelConfig qwen(std::int64_t hidden, std::int64_t inner, std::int64_t layers, std::int64_t heads,
    std::int64_t kvHeads, std::int64_t headDim, std::int64_t vocabulary, bool tied)
{
    model::ModelConfig config;
    config.vocabSize = vocabulary;
    config.hiddenSize = hidden;
    config.intermediateSize = inner;
    config.layers = layers;
    config.heads = heads;
    config.kvHeads = kvHeads;
    config.headDim = headDim;
    config.maxPositions = 32768;
    config.ropeTheta = 1e6f;
    config.tieEmbeddings = tied;
    return config;
}

} // namespace

model::ModelConfig shapeOf(const std::string& name)
{
    if (name == "0.5B")
        return qwen(896, 4864, 24, 14, 2, 64, 151936, true);
    if (name == "1.5B")
        return qwen(1536, 8960, 28, 12, 2, 128, 151936, true);
    if (name == "7B")
        return qwen(3584, 18944, 28, 28, 4, 128, 152064, false);
    if (name == "tiny")
        return qwen(64, 96, 2, 4, 2, 16, 300, true);
    throw std::invalid_argument("\"" + name + "\" is no shape; use 0.5B, 1.5B, 7B or tiny");
}

std::unique_ptr<model::Parameters> randomModel(
    kernels::Backend& backend, const model::ModelConfig& config, model::Gradients gradients)
{
    auto parameters
        = std::make_unique<model::Parameters>(backend, config, gradients, std::nullopt, kernels::DType::BF16);
    parameters->initialise(1);
    return parameters;
}

double matrixValues(const model::ModelConfig& config)
{
    const double channels = double(config.hiddenSize);
    const double layer = channels * double(config.qkvWidth()) + channels * double(config.queryWidth())
        + 3.0 * channels * double(config.intermediateSize);
    return layer * double(config.layers) + channels * double(config.vocabSize);
}

double decodeBytes(const model::ModelConfig& config, double sequences, double context)
{
    const double token = 2.0 * 2.0 * double(config.layers) * double(config.kvWidth());
    return 2.0 * matrixValues(config) + sequences * context * token;
}

double trainingFlops(const model::ModelConfig& config, double context)
{
    // Scores and values: 4 per channel, query and key forward, twice that backward; half the keys are seen.
    const double attention = 3.0 * 4.0 * double(config.layers) * double(config.queryWidth()) * context / 2.0;
    return 6.0 * matrixValues(config) + attention;
}

} // namespace ahascope::gpu
