// The 256 values that 8-bit moments are rounded to (QuantisedVector in kernels/backend.h).
#pragma once

#include <array>
#include <cstdint>

namespace ahascope::kernels {

struct Quantiles {
    std::array<float, 256> values{};  // ascending; the last is 1
    std::array<float, 255> middles{}; // between neighbours
};

const Quantiles& signedQuantiles();
const Quantiles& unsignedQuantiles();

// A scale of 0 makes zeros of any codes.
void dequantise(const Quantiles& quantiles, float* values, const std::uint8_t* codes, float scale, std::int64_t count);
// To the nearest quantiles, the lower one in the middle; returns the scale, the largest magnitude.
float quantise(const Quantiles& quantiles, std::uint8_t* codes, const float* values, std::int64_t count);

} // namespace ahascope::kernels
