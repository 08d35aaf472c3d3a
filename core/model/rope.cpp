#include "core/model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ahascope::model {

namespace {

float power(float base, float exponent)
{
    return static_cast<float>(std::pow(double{base}, double{exponent}));
}

// theta^(2i / headDim), the inverse of the frequencies
std::vector<float> wavelengths(float theta, std::int64_t headDim)
{
    std::vector<float> values;
    for (std::int64_t i = 0; i < headDim / 2; ++i)
        values.push_back(power(theta, static_cast<float>(2 * i) / static_cast<float>(headDim)));
    return values;
}

// In float throughout: transformers hands the length over as a tensor.
float dynamicTheta(const ModelConfig& config, std::int64_t positions)
{
    if (positions <= config.maxPositions)
        return config.ropeTheta;
    const double factor = config.ropeScaling.factor;
    const float stretched = static_cast<float>(factor) * static_cast<float>(positions);
    const float ratio = stretched / static_cast<float>(config.maxPositions) - static_cast<float>(factor - 1.0);
    const double dim = static_cast<double>(config.headDim);
    return config.ropeTheta * power(ratio, static_cast<float>(dim / (dim - 2.0)));
}

std::vector<float> yarnFrequencies(const ModelConfig& config)
{
    const RopeScaling& scaling = config.ropeScaling;
    const double dim = static_cast<double>(config.headDim);
    // The channel that makes so many turns within the original positions.
    const auto channelOf = [&](double turns) {
        return dim * std::log(static_cast<double>(scaling.originalPositions) / (turns * 2.0 * std::numbers::pi))
            / (2.0 * std::log(double{config.ropeTheta}));
    };
    double low = channelOf(scaling.betaFast);
    double high = channelOf(scaling.betaSlow);
    if (scaling.truncate) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, dim - 1.0);
    if (low == high)
        high += 0.001;
    std::vector<float> frequencies = wavelengths(config.ropeTheta, config.headDim);
    for (std::size_t i = 0; i < frequencies.size(); ++i) {
        const float ramp = std::clamp(
            (static_cast<float>(i) - static_cast<float>(low)) / static_cast<float>(high - low), 0.0f, 1.0f);
        const float kept = 1.0f - ramp;
        const float interpolated = 1.0f / (static_cast<float>(scaling.factor) * frequencies[i]);
        frequencies[i] = interpolated * (1.0f - kept) + 1.0f / frequencies[i] * kept;
    }
    return frequencies;
}

float llama3Frequency(const RopeScaling& scaling, float frequency)
{
    const auto original = static_cast<float>(scaling.originalPositions);
    const auto factor = static_cast<float>(scaling.factor);
    const float wavelength = 1.0f / frequency * static_cast<float>(2.0 * std::numbers::pi);
    const double positions = static_cast<double>(scaling.originalPositions);
    if (wavelength < static_cast<float>(positions / scaling.highFrequencyFactor))
        return frequency;
    if (wavelength > static_cast<float>(positions / scaling.lowFrequencyFactor))
        return frequency / factor;
    const float smooth = (1.0f / wavelength * original - static_cast<float>(scaling.lowFrequencyFactor))
        / static_cast<float>(scaling.highFrequencyFactor - scaling.lowFrequencyFactor);
    return (1.0f - smooth) * frequency / factor + smooth * frequency;
}

std::vector<float> frequenciesOf(const ModelConfig& config, std::int64_t positions)
{
    const RopeScaling& scaling = config.ropeScaling;
    if (scaling.type == RopeType::Yarn)
        return yarnFrequencies(config);
    const float theta = scaling.type == RopeType::Dynamic ? dynamicTheta(config, positions) : config.ropeTheta;
    std::vector<float> frequencies = wavelengths(theta, config.headDim);
    for (float& value : frequencies) {
        value = 1.0f / value;
        if (scaling.type == RopeType::Linear)
            value /= static_cast<float>(scaling.factor);
        else if (scaling.type == RopeType::Llama3)
            value = llama3Frequency(scaling, value);
    }
    return frequencies;
}

} // namespace

std::vector<float> ropeValues(const ModelConfig& config, std::int64_t positions)
{
    const std::vector<float> frequencies = frequenciesOf(config, positions);
    const auto scale = static_cast<float>(config.ropeScaling.attentionFactor);
    std::vector<float> values(static_cast<std::size_t>(positions * config.headDim));
    auto row = values.begin();
    for (std::int64_t p = 0; p < positions; ++p, row += config.headDim) {
        for (std::size_t i = 0; i < frequencies.size(); ++i) {
            const double angle = static_cast<float>(p) * frequencies[i];
            row[static_cast<std::ptrdiff_t>(i)] = static_cast<float>(std::cos(angle)) * scale;
            row[static_cast<std::ptrdiff_t>(i + frequencies.size())] = static_cast<float>(std::sin(angle)) * scale;
        }
    }
    return values;
}

double yarnAttentionFactor(double factor, double mscale, double mscaleAllDim)
{
    const auto scaleOf = [&](double weight) { return factor <= 1.0 ? 1.0 : 0.1 * weight * std::log(factor) + 1.0; };
    return mscale != 0.0 && mscaleAllDim != 0.0 ? scaleOf(mscale) / scaleOf(mscaleAllDim) : scaleOf(1.0);
}

} // namespace ahascope::model
