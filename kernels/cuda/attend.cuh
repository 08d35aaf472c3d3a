// Attention of one query by one warp: the form for F32 rows and for sizes that the tensor cores do not take. The same
// function serves packed batches and the cache, so that equal keys give equal bits.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/numbers.cuh"

namespace ahascope::kernels::cuda {

constexpr std::int64_t mostHeadDim = 256;
constexpr int valuesOfLane = mostHeadDim / warp; // lane l holds values l, l + 32, ... of a vector

// The segment that holds a row; the last of those that begin there.
__device__ inline Segment segmentOf(const Segment* segments, std::int64_t count, std::int64_t row)
{
    std::int64_t low = 0;
    std::int64_t high = count;
    while (high - low > 1) {
        const std::int64_t middle = (low + high) / 2;
        if (segments[middle].begin <= row)
            low = middle;
        else
            high = middle;
    }
    return segments[low];
}

// Tokens of a context by their position: the prefix, then the run itself.
template <class T>
struct PackedTokens {
    View<T> k;
    View<T> v;
    Segment segment;
    std::int64_t offset; // of the head within a row

    __device__ std::int64_t rowOf(std::int64_t position) const
    {
        return position < segment.prefixLength ? segment.prefixBegin + position
                                               : segment.begin + position - segment.prefixLength;
    }
    __device__ const T* key(std::int64_t position) const { return k.row(rowOf(position)) + offset; }
    __device__ const T* value(std::int64_t position) const { return v.row(rowOf(position)) + offset; }
};

// The first position that the query at `position` sees.
__device__ inline std::int64_t firstSeen(std::int64_t position, std::int64_t window)
{
    return window > 0 && position >= window ? position - window + 1 : 0;
}

template <class T>
__device__ float dot(const float* a, const T* b, std::int64_t count)
{
    float sum = 0.0f;
    for (std::int64_t i = 0; i < count; ++i)
        sum += a[i] * widen(b[i]);
    return sum;
}

// values[i] += factor * x[lane + 32 i]
template <class T>
__device__ void addScaled(float (&values)[valuesOfLane], float factor, const T* x, std::int64_t count)
{
#pragma unroll
    for (int i = 0; i < valuesOfLane; ++i) {
        const std::int64_t at = threadIdx.x % warp + i * warp;
        if (at < count)
            values[i] += factor * widen(x[at]);
    }
}

template <class T>
__device__ void writeValues(T* to, const float (&values)[valuesOfLane], float factor, std::int64_t count)
{
#pragma unroll
    for (int i = 0; i < valuesOfLane; ++i) {
        const std::int64_t at = threadIdx.x % warp + i * warp;
        if (at < count)
            narrow(to[at], values[i] * factor);
    }
}

// A vector as floats in shared memory, by one warp.
template <class T>
__device__ void stage(float* to, const T* from, std::int64_t count)
{
    for (std::int64_t i = threadIdx.x % warp; i < count; i += warp)
        to[i] = widen(from[i]);
    __syncwarp();
}

struct RunningSoftmax {
    float largest;
    float total;
    float values[valuesOfLane]; // sum of exp(score - largest) * value
};

// Over positions [first, end), in order, 32 at a time (Milakov & Gimelshein 2018, arXiv 1805.02867).
template <class Tokens>
__device__ RunningSoftmax attend(
    const float* q, const Tokens& tokens, std::int64_t first, std::int64_t end, std::int64_t headDim, float scale)
{
    RunningSoftmax state{-INFINITY, 0.0f, {}};
    const int lane = threadIdx.x % warp;
    for (std::int64_t base = first; base < end; base += warp) {
        const bool there = base + lane < end;
        const float score = there ? scale * dot(q, tokens.key(base + lane), headDim) : -INFINITY;
        const float largest = fmaxf(state.largest, largestOfWarp(score));
        const float kept = expf(state.largest - largest);
        const float weight = there ? expf(score - largest) : 0.0f;
        state.largest = largest;
        state.total = state.total * kept + sumOfWarp(weight);
#pragma unroll
        for (int i = 0; i < valuesOfLane; ++i)
            state.values[i] *= kept;
        const int count = static_cast<int>(end - base < warp ? end - base : warp);
        for (int i = 0; i < count; ++i)
            addScaled(state.values, __shfl_sync(allLanes, weight, i), tokens.value(base + i), headDim);
    }
    return state;
}

} // namespace ahascope::kernels::cuda
