#include "kernels/cpu/quantiles.h"

#include <algorithm>
#include <cmath>

namespace ahascope::kernels {

namespace {

// bitsandbytes' create_dynamic_map with 7 powers and 8 bits in all.
Quantiles dynamicQuantiles(bool isSigned)
{
    constexpr int powers = 7;
    Quantiles quantiles;
    std::size_t next = 0;
    quantiles.values[next++] = 0.0f;
    quantiles.values[next++] = 1.0f;
    for (int i = 0; i < powers; ++i) {
        const int steps = 1 << (isSigned ? i : i + 1);
        const double power = std::pow(10.0, i - powers + 1);
        for (int k = 0; k < steps; ++k) {
            const auto middle = static_cast<float>(power * (0.1 + 0.9 * (k + 0.5) / steps));
            quantiles.values[next++] = middle;
            if (isSigned)
                quantiles.values[next++] = -middle;
        }
    }
    std::sort(quantiles.values.begin(), quantiles.values.end());
    for (std::size_t i = 0; i < quantiles.middles.size(); ++i)
        quantiles.middles[i] = (quantiles.values[i] + quantiles.values[i + 1]) / 2;
    return quantiles;
}

} // namespace

const Quantiles& signedQuantiles()
{
    static const Quantiles quantiles = dynamicQuantiles(true);
    return quantiles;
}

const Quantiles& unsignedQuantiles()
{
    static const Quantiles quantiles = dynamicQuantiles(false);
    return quantiles;
}

void dequantise(const Quantiles& quantiles, float* values, const std::uint8_t* codes, float scale, std::int64_t count)
{
    for (std::int64_t i = 0; i < count; ++i)
        values[i] = quantiles.values[codes[i]] * scale;
}

float quantise(const Quantiles& quantiles, std::uint8_t* codes, const float* values, std::int64_t count)
{
    float scale = 0.0f;
    for (std::int64_t i = 0; i < count; ++i)
        scale = std::max(scale, std::fabs(values[i]));
    const float inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
    for (std::int64_t i = 0; i < count; ++i) {
        // The number of middles below the value, by halves.
        const float value = values[i] * inverse;
        std::size_t code = 0;
        for (std::size_t half = 128; half > 0; half /= 2)
            code += quantiles.middles[code + half - 1] < value ? half : 0;
        codes[i] = static_cast<std::uint8_t>(code);
    }
    return scale;
}

} // namespace ahascope::kernels
