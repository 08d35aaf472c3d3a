// Top k and top p: which tokens of a row may be drawn. Thresholds are found by halving the floats between, counting or
// summing again each time, so that nothing is sorted.
#pragma once

#include "kernels/cuda/numbers.cuh"
#include "kernels/decode_state.h"

namespace ahascope::kernels::cuda {

constexpr int restrictThreads = 512; // one block works on one row

struct RestrictRoom {
    float sums[warp];
    int counts[warp];
};

// Numbers in the order of the floats they stand for.
__device__ inline std::uint32_t orderOf(float x)
{
    const std::uint32_t bits = __float_as_uint(x);
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}
__device__ inline float floatOf(std::uint32_t order)
{
    return __uint_as_float((order & 0x80000000u) != 0 ? order & 0x7fffffffu : ~order);
}

// How many of the threads before this one say yes, and, in `total`, how many of all.
__device__ inline int countBefore(bool yes, int& total, RestrictRoom& room)
{
    const unsigned votes = __ballot_sync(allLanes, yes);
    const int lane = threadIdx.x % warp;
    const int own = threadIdx.x / warp;
    if (lane == 0)
        room.counts[own] = __popc(votes);
    __syncthreads();
    int before = __popc(votes & ((1u << lane) - 1u));
    total = 0;
    for (int i = 0; i < restrictThreads / warp; ++i) {
        before += i < own ? room.counts[i] : 0;
        total += room.counts[i];
    }
    __syncthreads();
    return before;
}

// The sum of weights[v], or with weights == nullptr the number, of the logits that reach the threshold.
__device__ inline float sumAtLeast(
    const float* weights, const float* logits, std::int64_t count, float threshold, RestrictRoom& room)
{
    float sum = 0.0f;
    for (std::int64_t v = threadIdx.x; v < count; v += restrictThreads) {
        if (logits[v] >= threshold)
            sum += weights != nullptr ? weights[v] : 1.0f;
    }
    return sumOf<restrictThreads>(sum, room.sums);
}

// The highest threshold for which the sum still reaches `wanted`.
__device__ inline float thresholdOf(
    const float* weights, const float* logits, std::int64_t count, float largest, float wanted, RestrictRoom& room)
{
    std::uint32_t holds = orderOf(-INFINITY);
    std::uint32_t fails = orderOf(largest) + 1;
    while (fails - holds > 1) {
        const std::uint32_t middle = holds + (fails - holds) / 2;
        if (sumAtLeast(weights, logits, count, floatOf(middle), room) >= wanted)
            holds = middle;
        else
            fails = middle;
    }
    return floatOf(holds);
}

// Weights below the threshold become 0, and of those at it all but the first `kept`.
__device__ inline void cut(
    float* weights, const float* logits, std::int64_t count, float threshold, int kept, RestrictRoom& room)
{
    int seen = 0;
    for (std::int64_t base = 0; base < count; base += restrictThreads) {
        const std::int64_t v = base + threadIdx.x;
        const bool at = v < count && logits[v] == threshold && weights[v] > 0.0f;
        int total = 0;
        const int before = seen + countBefore(at, total, room);
        seen += total;
        if (v < count && (logits[v] < threshold || (at && before >= kept)))
            weights[v] = 0.0f;
    }
}

// weights[v] = exp((z_v - largest) / temperature) for the tokens that may be drawn, 0 for the others: the top k of the
// logits, then the smallest set of those, from the most probable on, whose share of their probability reaches top p.
// Of equal logits lower ids come first.
__device__ inline void restrictWeights(
    float* weights, const float* logits, std::int64_t vocabulary, const SamplingOptions& options, RestrictRoom& room)
{
    float largest = -INFINITY;
    for (std::int64_t v = threadIdx.x; v < vocabulary; v += restrictThreads)
        largest = fmaxf(largest, logits[v]);
    largest = largestOfWarp(largest);
    if (threadIdx.x % warp == 0)
        room.sums[threadIdx.x / warp] = largest;
    __syncthreads();
    for (int i = 0; i < restrictThreads / warp; ++i)
        largest = fmaxf(largest, room.sums[i]);
    __syncthreads();
    for (std::int64_t v = threadIdx.x; v < vocabulary; v += restrictThreads)
        weights[v] = expf((logits[v] - largest) / options.temperature);
    __syncthreads();
    if (options.topK > 0 && options.topK < vocabulary) {
        const auto wanted = static_cast<float>(options.topK);
        const float threshold = thresholdOf(nullptr, logits, vocabulary, largest, wanted, room);
        const float above = sumAtLeast(nullptr, logits, vocabulary, floatOf(orderOf(threshold) + 1), room);
        cut(weights, logits, vocabulary, threshold, static_cast<int>(wanted - above), room);
        __syncthreads();
    }
    if (options.topP < 1.0f) {
        const float reach = options.topP * sumAtLeast(weights, logits, vocabulary, -INFINITY, room);
        const float threshold = thresholdOf(weights, logits, vocabulary, largest, reach, room);
        const float above = sumAtLeast(weights, logits, vocabulary, floatOf(orderOf(threshold) + 1), room);
        const float each = expf((threshold - largest) / options.temperature);
        cut(weights, logits, vocabulary, threshold, static_cast<int>(ceilf((reach - above) / each)), room);
        __syncthreads();
    }
}

} // namespace ahascope::kernels::cuda
