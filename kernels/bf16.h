// bfloat16: the upper half of a float. Widening is exact.
#pragma once

#include <bit>
#include <cstdint>

namespace ahascope::kernels {

inline float fromBf16(std::uint16_t bits)
{
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// To the nearest, ties to even; a NaN stays a NaN.
inline std::uint16_t toBf16(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) // rounding could turn a NaN into an infinity
        return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
    return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16); // as torch's round_to_nearest_even
}

} // namespace ahascope::kernels
