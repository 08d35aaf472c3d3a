// Numbers as kernels see them: values are stored in F32 or BF16 and computed with in F32.
#pragma once

#include <cstdint>

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include "kernels/tensor.h"

namespace ahascope::kernels::cuda {

using Half = __nv_bfloat16;
constexpr int warp = 32;
constexpr unsigned allLanes = 0xffffffffu;

__device__ inline float widen(float x)
{
    return x;
}
__device__ inline float widen(Half x)
{
    return __bfloat162float(x);
}
__device__ inline void narrow(float& to, float x)
{
    to = x;
}
__device__ inline void narrow(Half& to, float x)
{
    to = __float2bfloat16_rn(x);
}

// `width` neighbouring values, moved as one where they are aligned.
template <class T, int width>
struct alignas(sizeof(T) * width) Pack {
    T values[width];
};
template <int width, class T>
__device__ void load(float (&to)[width], const T* from)
{
    const Pack<T, width> pack = *reinterpret_cast<const Pack<T, width>*>(from);
#pragma unroll
    for (int i = 0; i < width; ++i)
        to[i] = widen(pack.values[i]);
}
template <int width, class T>
__device__ void store(T* to, const float (&from)[width])
{
    Pack<T, width> pack;
#pragma unroll
    for (int i = 0; i < width; ++i)
        narrow(pack.values[i], from[i]);
    *reinterpret_cast<Pack<T, width>*>(to) = pack;
}

// Rows of values, `stride` apart.
template <class T>
struct View {
    T* data = nullptr;
    std::int64_t stride = 0;

    __device__ T* row(std::int64_t index) const { return data + index * stride; }
};
template <class T>
View<T> viewOf(const Tensor& tensor)
{
    return {reinterpret_cast<T*>(tensor.data), tensor.stride};
}

// Calls fn with a value of the tensor's type.
template <class Fn>
void withType(DType type, const Fn& fn)
{
    expect(type == DType::F32 || type == DType::BF16, "a tensor of F32 or BF16");
    if (type == DType::F32)
        fn(float{});
    else
        fn(Half{});
}

__device__ inline float sumOfWarp(float x)
{
#pragma unroll
    for (int mask = warp / 2; mask > 0; mask /= 2)
        x += __shfl_xor_sync(allLanes, x, mask);
    return x;
}
__device__ inline float largestOfWarp(float x)
{
#pragma unroll
    for (int mask = warp / 2; mask > 0; mask /= 2)
        x = fmaxf(x, __shfl_xor_sync(allLanes, x, mask));
    return x;
}

// The sum over `threads` neighbouring threads of a block (a warp or the whole block), which all get it; `room` is
// shared memory for 32 floats that nobody else uses between two barriers.
template <int threads>
__device__ float sumOf(float x, float* room)
{
    x = sumOfWarp(x);
    if constexpr (threads > warp) {
        if (threadIdx.x % warp == 0)
            room[threadIdx.x / warp] = x;
        __syncthreads();
        x = sumOfWarp(threadIdx.x % warp < threads / warp ? room[threadIdx.x % warp] : 0.0f);
        __syncthreads();
    }
    return x;
}

} // namespace ahascope::kernels::cuda
