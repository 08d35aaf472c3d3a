// CUDA's bfloat16, as far as kernels/cuda uses it.
#pragma once

#include "kernels/bf16.h"

struct __nv_bfloat16 {
    std::uint16_t bits;
};

inline float __bfloat162float(__nv_bfloat16 x)
{
    return ahascope::kernels::fromBf16(x.bits);
}
inline __nv_bfloat16 __float2bfloat16_rn(float x)
{
    return {ahascope::kernels::toBf16(x)};
}
