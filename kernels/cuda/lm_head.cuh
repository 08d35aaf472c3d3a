// Logits by tiles of the vocabulary. The product with the head is made for as many tokens at a time as keep the logits
// within `chunkLogits`; each row of each tile of 1,024 tokens is summed by one warp, in an order that depends on the
// row alone, and the sums of a row's tiles are put together in order.
#pragma once

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/philox.cuh"
#include "kernels/cuda/products.h"
#include "kernels/cuda/sizes.h"

namespace ahascope::kernels::cuda {

// Of x = logit / temperature over the tokens of a tile.
struct TileSums {
    float largest;
    float total;  // sum of exp(x - largest)
    float moment; // sum of exp(x - largest) (x - largest)
};

// The softmax of a row.
struct RowSoftmax {
    float largest;
    float logTotal;
    float entropy; // nats

    __device__ float lse() const { return largest + logTotal; }
    __device__ float logProb(float x) const { return x - largest - logTotal; }
};

// x of lane l: tokens l, l + 32, ... of the tile; all lanes get the sums.
template <int perLane>
__device__ TileSums sumTile(const float (&x)[perLane], std::int64_t count)
{
    const int lane = threadIdx.x % warp;
    float largest = -INFINITY;
    bool broken = false; // fmaxf() leaves a NaN out
#pragma unroll
    for (int i = 0; i < perLane; ++i) {
        if (lane + i * warp < count) {
            largest = fmaxf(largest, x[i]);
            broken = broken || x[i] != x[i];
        }
    }
    largest = largestOfWarp(largest);
    float total = 0.0f;
    float moment = 0.0f;
#pragma unroll
    for (int i = 0; i < perLane; ++i) {
        if (lane + i * warp < count) {
            const float below = x[i] - largest;
            const float weight = expf(below);
            total += weight;
            moment += weight * fmaxf(-200.0f, below); // exp(-200) is 0, and 0 times infinity is not
        }
    }
    if (__ballot_sync(allLanes, broken) != 0)
        largest = NAN;
    return {largest, sumOfWarp(total), sumOfWarp(moment)};
}

// By one warp, lane l having tiles l, l + 32, ...; all lanes get the result.
__device__ inline RowSoftmax joinTiles(const TileSums* sums, std::int64_t tiles)
{
    const int lane = threadIdx.x % warp;
    float largest = -INFINITY;
    bool broken = false;
    for (std::int64_t i = lane; i < tiles; i += warp) {
        largest = fmaxf(largest, sums[i].largest);
        broken = broken || sums[i].largest != sums[i].largest;
    }
    largest = largestOfWarp(largest);
    float total = 0.0f;
    float moment = 0.0f;
    for (std::int64_t i = lane; i < tiles; i += warp) {
        const float below = sums[i].largest - largest;
        const float factor = expf(below);
        total += factor * sums[i].total;
        moment += factor * (sums[i].moment + fmaxf(-200.0f, below) * sums[i].total);
    }
    total = sumOfWarp(total);
    moment = sumOfWarp(moment);
    if (__ballot_sync(allLanes, broken) != 0)
        largest = NAN;
    const float logTotal = logf(total);
    return {largest, logTotal, logTotal - moment / total};
}

// F32 [rows, tokens] in shared scratch.
inline Tensor logitRoom(CudaBackend& backend, std::int64_t rows, std::int64_t tokens)
{
    return {backend.scratch(Scratch::Logits, static_cast<std::size_t>(rows * tokens) * sizeof(float)), DType::F32, rows,
        tokens, tokens};
}

// Calls work(first token, logits of [rows, tokens from it on]) chunk after chunk.
template <class Work>
void forLogitChunks(
    CudaBackend& backend, Products& products, Tensor hidden, Tensor values, std::int64_t chunk, const Work& work)
{
    for (std::int64_t token = 0; token < values.rows; token += chunk) {
        const std::int64_t tokens = std::min(chunk, values.rows - token);
        const Tensor logits = logitRoom(backend, hidden.rows, tokens);
        products.multiply(
            {.out = logits, .left = hidden, .right = values.rowRange(token, tokens), .rightTransposed = true});
        work(token, logits);
    }
}

} // namespace ahascope::kernels::cuda
