// Philox4x32-10 on the device: the numbers of kernels/philox.h.
#pragma once

#include <cstdint>

#include "kernels/cuda/numbers.cuh"

namespace ahascope::kernels::cuda {

__device__ inline uint4 philox(uint4 counter, std::uint32_t key0, std::uint32_t key1)
{
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const std::uint32_t high0 = __umulhi(0xD2511F53u, counter.x);
        const std::uint32_t high1 = __umulhi(0xCD9E8D57u, counter.z);
        counter = make_uint4(
            high1 ^ counter.y ^ key0, 0xCD9E8D57u * counter.z, high0 ^ counter.w ^ key1, 0xD2511F53u * counter.x);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}

__device__ inline std::uint32_t wordOf(uint4 words, int index)
{
    return index == 0 ? words.x : index == 1 ? words.y : index == 2 ? words.z : words.w;
}

// exponentialFromBits() of kernels/philox.h
__device__ inline float exponentialNumber(std::uint32_t bits)
{
    const float low = (static_cast<float>(bits & 0xffffu) + 0.5f) * 0x1p-32f;
    const float w = fminf(1.0f - 0x1p-24f, fmaf(static_cast<float>(bits >> 16), 0x1p-16f, low));
    return -log1pf(-w);
}

} // namespace ahascope::kernels::cuda
