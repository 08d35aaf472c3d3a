// IEEE 754 binary16, in which log-probabilities and entropies are stored.
#pragma once

#include <bit>
#include <cstdint>

namespace ahascope::store {

// Rounds to nearest, ties to even; too large becomes infinity; NaN stays NaN.
inline std::uint16_t toHalf(float value)
{
    auto bits = std::bit_cast<std::uint32_t>(value);
    auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
    std::uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000)
        return sign | 0x7e00;
    if (magnitude >= 0x477ff000) // 65520 and above
        return sign | 0x7c00;
    if (magnitude < 0x38800000) { // below 2^-14: subnormal, in units of 2^-24
        // Adding 0.5 leaves 2^-24 as the unit in the last place of a float, and the hardware rounds to even.
        float shifted = std::bit_cast<float>(magnitude) + 0.5F;
        return sign | static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(shifted) - 0x3f000000);
    }
    std::uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
    return sign | static_cast<std::uint16_t>((rounded - 0x38000000) >> 13);
}

inline float toFloat(std::uint16_t half)
{
    std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    std::uint32_t magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00)
        return std::bit_cast<float>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
    if (magnitude < 0x400) {
        float value = static_cast<float>(magnitude) * 0x1p-24F;
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
    }
    return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
}

} // namespace ahascope::store
