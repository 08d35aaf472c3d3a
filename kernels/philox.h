// Counter-based random numbers: Philox4x32 with 10 rounds (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011). Four independent 32-bit words for each pair of counter and key; nothing is remembered
// between calls, so that a draw depends on what it is for and not on what was drawn before.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace ahascope::kernels {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

constexpr PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key)
{
    constexpr std::uint64_t multiplier0 = 0xD2511F53;
    constexpr std::uint64_t multiplier1 = 0xCD9E8D57;
    constexpr std::uint32_t weyl0 = 0x9E3779B9; // golden ratio
    constexpr std::uint32_t weyl1 = 0xBB67AE85; // sqrt(3) - 1
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = multiplier0 * counter[0];
        const std::uint64_t product1 = multiplier1 * counter[2];
        counter
            = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key = {key[0] + weyl0, key[1] + weyl1};
    }
    return counter;
}

// An exponentially distributed number (mean 1) from 32 random bits: -log(1 - w), w = (bits + 1/2) / 2^32 rounded to
// float and kept below 1. Small results, which decide the Gumbel-max rule, are fine-grained down to 2^-33.
inline double exponentialFromBits(std::uint32_t bits)
{
    const auto w = static_cast<float>((static_cast<double>(bits) + 0.5) * 0x1p-32);
    return -std::log1p(-static_cast<double>(w < 1.0f ? w : 1.0f - 0x1p-24f));
}

} // namespace ahascope::kernels
