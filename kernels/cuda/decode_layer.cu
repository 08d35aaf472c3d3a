// One layer of a decode step: what stands between the product of queries, keys and values and attention is one kernel.
#include "kernels/cuda/attend.cuh"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels {

namespace cuda {

constexpr int headsOfFinishBlock = 4; // one warp each

struct FinishHeads {
    std::int64_t rows;
    std::int64_t heads;
    std::int64_t kvHeads;
    std::int64_t headDim;
    const float* queryNorm; // null: none
    const float* keyNorm;   // likewise
    float epsilon;
    const std::int32_t* positions;
    const std::int32_t* destinations;
    View<float> table; // cosines, then sines
};

// Every step rounds to the type of the rows, as the operations that this replaces do.
template <class T>
__device__ float rounded(float x)
{
    T to;
    narrow(to, x);
    return widen(to);
}

template <class T>
__device__ void normHead(float* values, const float* weight, std::int64_t headDim, float epsilon)
{
    const int lane = threadIdx.x % warp;
    float squares = 0.0f;
    for (std::int64_t i = lane; i < headDim; i += warp)
        squares += values[i] * values[i];
    const float inverse = rsqrtf(sumOfWarp(squares) / static_cast<float>(headDim) + epsilon);
    for (std::int64_t i = lane; i < headDim; i += warp)
        values[i] = rounded<T>(values[i] * (inverse * weight[i]));
    __syncwarp();
}

template <class T>
__device__ void turnHead(float* values, const float* angles, std::int64_t half)
{
    for (std::int64_t i = threadIdx.x % warp; i < half; i += warp) {
        const float a = values[i];
        const float b = values[half + i];
        values[i] = rounded<T>(a * angles[i] - b * angles[half + i]);
        values[half + i] = rounded<T>(b * angles[i] + a * angles[half + i]);
    }
    __syncwarp();
}

// Queries and keys are normed and turned; queries go back to their place, keys and values into the cache.
template <class T>
__global__ void finishHeadsKernel(View<T> qkv, CachePages<T> pages, FinishHeads given)
{
    __shared__ float room[headsOfFinishBlock][mostHeadDim];
    const std::int64_t all = given.heads + 2 * given.kvHeads;
    const std::int64_t index = std::int64_t(blockIdx.x) * headsOfFinishBlock + threadIdx.x / warp;
    const std::int64_t row = index / all;
    const std::int64_t head = index % all;
    if (row >= given.rows)
        return;
    const bool isQuery = head < given.heads;
    const bool isValue = head >= given.heads + given.kvHeads;
    float* const values = room[threadIdx.x / warp];
    T* const from = qkv.row(row) + head * given.headDim;
    stage(values, from, given.headDim);
    const float* const norm = isQuery ? given.queryNorm : given.keyNorm;
    if (!isValue && norm != nullptr)
        normHead<T>(values, norm, given.headDim, given.epsilon);
    if (!isValue)
        turnHead<T>(values, given.table.row(given.positions[row]), given.headDim / 2);
    const std::int32_t place = given.destinations[row];
    T* to = from;
    if (!isQuery) {
        if (place < 0 || place >= pages.pages * pageTokens)
            return;
        const std::int64_t kvHead = (head - given.heads) % given.kvHeads;
        to = isValue ? pages.value(place / pageTokens, place % pageTokens, kvHead)
                     : pages.key(place / pageTokens, place % pageTokens, kvHead);
    }
    for (std::int64_t i = threadIdx.x % warp; i < given.headDim; i += warp)
        narrow(to[i], values[i]);
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doDecodeLayer(Tensor x, const DecodeScratch& scratch, const DecoderLayer& layer, std::int64_t index,
    KvCache& cache, const DecodeState& state, Tensor ropeTable)
{
    const std::int64_t rows = x.rows;
    const AttentionShape& shape = layer.attention;
    const Tensor normed = scratch.normed.rowRange(0, rows);
    const Tensor qkv = scratch.qkv.rowRange(0, rows);
    const Tensor attended = scratch.attended.rowRange(0, rows);
    expect(shape.headDim <= mostHeadDim, "attention on the GPU takes heads of up to 256 channels");
    expect(qkv.dtype == cache.shape().type, "decodeLayer: rows of the cache's type");
    rmsNorm(normed, {}, x, layer.inputNorm, layer.normEpsilon);
    linear(qkv, normed, layer.qkv, layer.qkvBias);
    const FinishHeads given{rows, shape.heads, shape.kvHeads, shape.headDim,
        layer.queryNorm.empty() ? nullptr : layer.queryNorm.f32(),
        layer.keyNorm.empty() ? nullptr : layer.keyNorm.f32(), layer.normEpsilon, state.positions.i32(),
        state.destinations.i32(), viewOf<float>(ropeTable)};
    withType(qkv.dtype, [&](auto t) {
        using T = decltype(t);
        launch(m_stream, "decodeLayer",
            Grid{ceilDivide(rows * (shape.heads + 2 * shape.kvHeads), headsOfFinishBlock), headsOfFinishBlock * warp},
            finishHeadsKernel<T>, viewOf<T>(qkv), static_cast<CudaKvCache&>(cache).pages<T>(index), given);
    });
    decodeAttention(attended, qkv.columnRange(0, shape.heads * shape.headDim), cache, index, state, shape);
    linear(x, attended, layer.output, layer.outputBias, {.accumulate = true});
    rmsNorm(normed, {}, x, layer.postNorm, layer.normEpsilon);
    gatedMlp(
        x, scratch.gateUp.rowRange(0, rows), scratch.activated.rowRange(0, rows), normed, layer.gateUp, layer.down);
}

} // namespace ahascope::kernels
