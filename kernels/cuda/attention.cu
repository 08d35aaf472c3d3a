// Attention over packed batches, one warp for each query and head, and its gradient.
#include "kernels/cuda/attend.cuh"
#include "kernels/cuda/attention_forms.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels {

namespace cuda {

constexpr int queriesOfBlock = 4; // one warp each

// What all kernels of this file know of the batch.
struct AttentionBatch {
    const Segment* segments;
    std::int64_t segmentCount;
    std::int64_t rows;
    std::int64_t heads;
    std::int64_t group; // query heads of a key/value head
    std::int64_t headDim;
    std::int64_t window;
    float scale;

    __device__ Segment segmentOfRow(std::int64_t row) const { return segmentOf(segments, segmentCount, row); }
};

template <class T>
__global__ void attentionKernel(View<T> out, View<float> lse, View<T> q, View<T> k, View<T> v, AttentionBatch batch)
{
    __shared__ float queries[queriesOfBlock][mostHeadDim];
    const std::int64_t index = std::int64_t(blockIdx.x) * queriesOfBlock + threadIdx.x / warp;
    const std::int64_t row = index / batch.heads;
    const std::int64_t head = index % batch.heads;
    if (row >= batch.rows)
        return;
    float* const query = queries[threadIdx.x / warp];
    stage(query, q.row(row) + head * batch.headDim, batch.headDim);
    const Segment segment = batch.segmentOfRow(row);
    const PackedTokens<T> tokens{k, v, segment, head / batch.group * batch.headDim};
    const std::int64_t position = segment.prefixLength + row - segment.begin;
    const RunningSoftmax state
        = attend(query, tokens, firstSeen(position, batch.window), position + 1, batch.headDim, batch.scale);
    writeValues(out.row(row) + head * batch.headDim, state.values, 1.0f / state.total, batch.headDim);
    if (threadIdx.x % warp == 0)
        lse.row(row)[head] = state.largest + logf(state.total);
}

template <class T>
struct BackwardRows {
    View<T> dout;
    View<T> q;
    View<T> k;
    View<T> v;
    View<float> lse;
    float* delta; // [rows, heads]: dout . out, the part of a score's gradient that all keys share
};

// delta and dq of one query.
template <class T>
__global__ void attentionBackwardQueryKernel(View<T> dq, View<T> out, BackwardRows<T> given, AttentionBatch batch)
{
    __shared__ float vectors[queriesOfBlock][2][mostHeadDim];
    const std::int64_t index = std::int64_t(blockIdx.x) * queriesOfBlock + threadIdx.x / warp;
    const std::int64_t row = index / batch.heads;
    const std::int64_t head = index % batch.heads;
    const int lane = threadIdx.x % warp;
    if (row >= batch.rows)
        return;
    float* const query = vectors[threadIdx.x / warp][0];
    float* const gradient = vectors[threadIdx.x / warp][1];
    const std::int64_t offset = head * batch.headDim;
    stage(query, given.q.row(row) + offset, batch.headDim);
    stage(gradient, given.dout.row(row) + offset, batch.headDim);
    float product = 0.0f;
    for (std::int64_t i = lane; i < batch.headDim; i += warp)
        product += gradient[i] * widen(out.row(row)[offset + i]);
    const float delta = sumOfWarp(product);
    if (lane == 0)
        given.delta[index] = delta;

    const Segment segment = batch.segmentOfRow(row);
    const PackedTokens<T> tokens{given.k, given.v, segment, head / batch.group * batch.headDim};
    const std::int64_t position = segment.prefixLength + row - segment.begin;
    const float lse = given.lse.row(row)[head];
    float sums[valuesOfLane] = {};
    for (std::int64_t base = firstSeen(position, batch.window); base <= position; base += warp) {
        float slope = 0.0f;
        if (base + lane <= position) {
            const float score = batch.scale * dot(query, tokens.key(base + lane), batch.headDim);
            const float dweight = dot(gradient, tokens.value(base + lane), batch.headDim);
            slope = batch.scale * expf(score - lse) * (dweight - delta);
        }
        const std::int64_t rest = position + 1 - base;
        for (int i = 0; i < (rest < warp ? rest : warp); ++i)
            addScaled(sums, __shfl_sync(allLanes, slope, i), tokens.key(base + i), batch.headDim);
    }
    writeValues(dq.row(row) + offset, sums, 1.0f, batch.headDim);
}

// The gradients of one key and value, from the queries that see it.
template <class T>
struct KeyGradient {
    const float* key;   // in shared memory
    const float* value; // likewise
    float dk[valuesOfLane];
    float dv[valuesOfLane];

    // Queries of rows [first, end) of one head; the first stands at `position`, the key at keyPosition.
    __device__ void addRows(const BackwardRows<T>& given, const AttentionBatch& batch, std::int64_t head,
        std::int64_t first, std::int64_t end, std::int64_t distance)
    {
        const int lane = threadIdx.x % warp;
        const std::int64_t offset = head * batch.headDim;
        for (std::int64_t base = first; base < end; base += warp) {
            const std::int64_t row = base + lane;
            const bool sees = row < end && (batch.window == 0 || distance + row - first < batch.window);
            float weight = 0.0f;
            float slope = 0.0f;
            if (sees) {
                const float score = batch.scale * dot(key, given.q.row(row) + offset, batch.headDim);
                const float dweight = dot(value, given.dout.row(row) + offset, batch.headDim);
                weight = expf(score - given.lse.row(row)[head]);
                slope = batch.scale * weight * (dweight - given.delta[row * batch.heads + head]);
            }
            const std::int64_t rest = end - base;
            for (int i = 0; i < (rest < warp ? rest : warp); ++i) {
                addScaled(dk, __shfl_sync(allLanes, slope, i), given.q.row(base + i) + offset, batch.headDim);
                addScaled(dv, __shfl_sync(allLanes, weight, i), given.dout.row(base + i) + offset, batch.headDim);
            }
        }
    }
};

// Queries are added in order: those of the key's own run, then those of the runs whose prefix it is in.
template <class T>
__global__ void attentionBackwardKeyKernel(View<T> dk, View<T> dv, BackwardRows<T> given, AttentionBatch batch)
{
    __shared__ float vectors[queriesOfBlock][2][mostHeadDim];
    const std::int64_t kvHeads = batch.heads / batch.group;
    const std::int64_t index = std::int64_t(blockIdx.x) * queriesOfBlock + threadIdx.x / warp;
    const std::int64_t row = index / kvHeads;
    const std::int64_t kvHead = index % kvHeads;
    if (row >= batch.rows)
        return;
    KeyGradient<T> sums{vectors[threadIdx.x / warp][0], vectors[threadIdx.x / warp][1], {}, {}};
    const std::int64_t offset = kvHead * batch.headDim;
    stage(vectors[threadIdx.x / warp][0], given.k.row(row) + offset, batch.headDim);
    stage(vectors[threadIdx.x / warp][1], given.v.row(row) + offset, batch.headDim);
    const Segment own = batch.segmentOfRow(row);
    for (std::int64_t head = kvHead * batch.group; head < (kvHead + 1) * batch.group; ++head)
        sums.addRows(given, batch, head, row, own.begin + own.length, 0);
    for (std::int64_t s = 0; s < batch.segmentCount && own.prefixLength == 0; ++s) {
        const Segment user = batch.segments[s];
        if (user.prefixLength == 0 || user.prefixBegin != own.begin)
            continue;
        const std::int64_t distance = user.prefixLength - (row - own.begin);
        for (std::int64_t head = kvHead * batch.group; head < (kvHead + 1) * batch.group; ++head)
            sums.addRows(given, batch, head, user.begin, user.begin + user.length, distance);
    }
    writeValues(dk.row(row) + offset, sums.dk, 1.0f, batch.headDim);
    writeValues(dv.row(row) + offset, sums.dv, 1.0f, batch.headDim);
}

AttentionBatch batchOf(const Segments& segments, const AttentionShape& shape)
{
    expect(shape.headDim <= mostHeadDim, "attention on the GPU takes heads of up to 256 channels");
    return {reinterpret_cast<const Segment*>(segments.table.data), segments.count, segments.rows, shape.heads,
        shape.heads / shape.kvHeads, shape.headDim, shape.window, shape.scale};
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doAttention(
    Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
{
    if (tilesTake(shape, {out, q, k, v})) {
        attentionTiles(m_stream, out, lse, q, k, v, segments, shape);
        return;
    }
    const AttentionBatch batch = batchOf(segments, shape);
    const Grid grid{ceilDivide(q.rows * shape.heads, queriesOfBlock), queriesOfBlock * warp};
    withType(q.dtype, [&](auto t) {
        using T = decltype(t);
        launch(m_stream, "attention", grid, attentionKernel<T>, viewOf<T>(out), viewOf<float>(lse), viewOf<T>(q),
            viewOf<T>(k), viewOf<T>(v), batch);
    });
}

void CudaBackend::doAttentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
    Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
{
    if (tilesTake(shape, {dq, dk, dv, dout, out, q, k, v})) {
        std::byte* const room = scratch(Scratch::Attention, attentionBackwardBytes(segments, shape));
        attentionBackwardTiles(m_stream, room, {dq, dk, dv}, dout, out, lse, q, k, v, segments, shape);
        return;
    }
    const AttentionBatch batch = batchOf(segments, shape);
    auto* const delta = reinterpret_cast<float*>(
        scratch(Scratch::Attention, static_cast<std::size_t>(q.rows * shape.heads) * sizeof(float)));
    withType(q.dtype, [&](auto t) {
        using T = decltype(t);
        const BackwardRows<T> given{
            viewOf<T>(dout), viewOf<T>(q), viewOf<T>(k), viewOf<T>(v), viewOf<float>(lse), delta};
        launch(m_stream, "attentionBackward",
            Grid{ceilDivide(q.rows * shape.heads, queriesOfBlock), queriesOfBlock * warp},
            attentionBackwardQueryKernel<T>, viewOf<T>(dq), viewOf<T>(out), given, batch);
        launch(m_stream, "attentionBackward",
            Grid{ceilDivide(q.rows * shape.kvHeads, queriesOfBlock), queriesOfBlock * warp},
            attentionBackwardKeyKernel<T>, viewOf<T>(dk), viewOf<T>(dv), given, batch);
    });
}

} // namespace ahascope::kernels
