// Small models with odd sizes for the engine's tests.
#pragma once

#include "core/model/parameters.h"
#include "kernels/philox.h"

namespace ahascope::model {

inline ModelConfig tinyConfig()
{
    ModelConfig config;
    config.vocabSize = 37;
    config.hiddenSize = 20;
    config.intermediateSize = 23;
    config.layers = 2;
    config.heads = 6;
    config.kvHeads = 2;
    config.headDim = 6;
    config.maxPositions = 256;
    return config;
}

// The same with everything that other families have: QK-norm, a bias behind attention, a window in the second layer.
inline ModelConfig tinyConfigWithOptions()
{
    ModelConfig config = tinyConfig();
    config.outputBias = true;
    config.qkNorm = true;
    config.slidingWindow = 3;
    config.fullLayers = 1;
    return config;
}

inline LoraConfig allLinear(std::int64_t rank)
{
    return {
        .rank = rank, .alpha = 2.0 * static_cast<double>(rank), .rankStabilised = false, .targets = loraModuleNames()};
}

inline void fillRandomly(TensorArena& arena, std::uint32_t seed, float scale)
{
    std::uint32_t index = 0;
    for (const NamedTensor& tensor : arena.tensors()) {
        std::vector<float> values(static_cast<std::size_t>(tensor.count()));
        for (float& value : values) {
            const auto bits = kernels::philox4x32({index++, 0, 0, 0}, {seed, 0});
            value = scale * (static_cast<float>(bits[0] >> 8) * 0x1p-22f - 2); // from -2 to 2
            if (tensor.name.find("norm") != std::string::npos)
                value += 1;
        }
        arena.set(tensor, values);
    }
}

// Values large enough that every part of the model matters, norms and biases included; the same everywhere.
inline void fillRandomly(Parameters& parameters, std::uint32_t seed, float scale = 0.25f)
{
    fillRandomly(parameters.base(), seed, scale);
    parameters.commit();
}

// Both matrices of every adapter, so that none hides behind a B of zeros.
inline void fillAdapterRandomly(Parameters& parameters, std::uint32_t seed, float scale = 0.1f)
{
    fillRandomly(*parameters.adapter(), seed, scale);
    parameters.commit();
}

} // namespace ahascope::model
