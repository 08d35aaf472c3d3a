// The gradient of attention's queries on the tensor cores, and what both gradients need of each query.
#include "kernels/cuda/attention_backward.cuh"
#include "kernels/cuda/attention_forms.h"

namespace ahascope::kernels::cuda {

namespace {

constexpr int queriesOfBlock = 4; // one warp each

__global__ void __launch_bounds__(queriesOfBlock* warp)
    querySumsKernel(QuerySums* sums, View<Half> dout, View<Half> out, View<float> lse, TileBatch batch, int headDim)
{
    const int heads = batch.kvHeads * batch.group;
    const std::int64_t index = std::int64_t(blockIdx.x) * queriesOfBlock + threadIdx.x / warp;
    const std::int64_t row = index / heads;
    const int head = static_cast<int>(index % heads);
    if (row >= batch.rows)
        return;
    float product = 0.0f;
    for (int i = threadIdx.x % warp * 2; i < headDim; i += 2 * warp) {
        float a[2];
        float b[2];
        load(a, dout.row(row) + head * headDim + i);
        load(b, out.row(row) + head * headDim + i);
        product += a[0] * b[0] + a[1] * b[1];
    }
    const float delta = sumOfWarp(product);
    if (threadIdx.x % warp == 0)
        sums[(head / batch.group * std::int64_t(batch.rows) + row) * batch.group + head % batch.group]
            = {lse.row(row)[head] * log2e, delta};
}

// What a lane knows of its upper and lower query.
template <int headDim>
struct LaneQueries {
    QuerySums sums[2];

    __device__ LaneQueries(const QueryTile<headDim, passingRows>& tile, const QuerySums* ofSegment, int first)
    {
        for (int half = 0; half < 2; ++half) {
            const int query = tile.ofLane(half);
            const bool there = tile.queries.at(query).token < tile.queries.tokens;
            sums[half] = there ? ofSegment[first + query] : QuerySums{0.0f, 0.0f};
        }
    }
    // Scores and gradients of weights become gradients of scores, in `scores`.
    template <int n>
    __device__ void slopes(float (&scores)[n][4], const float (&weights)[n][4], float log2Scale) const
    {
#pragma unroll
        for (int j = 0; j < n; ++j) {
#pragma unroll
            for (int i = 0; i < 4; ++i)
                scores[j][i] = powerOfTwo(scores[j][i] * log2Scale - sums[i / 2].log2Total)
                    * (weights[j][i] - sums[i / 2].delta);
        }
    }
};

template <int headDim>
__device__ void writeGradient(
    const View<Half>& dq, const QueryTile<headDim, passingRows>& tile, const float (&sums)[headDim / 8][4], float scale)
{
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const Queries::Place place = tile.queries.at(tile.ofLane(half));
        if (place.token < tile.queries.tokens)
            writeRow(tile.queries.row(dq, place, headDim), sums, half, scale);
    }
}

} // namespace

// A block takes 64 queries, as in the forward pass.
template <int headDim>
__global__ void __launch_bounds__(tileThreads)
    attentionBackwardQueryTilesKernel(View<Half> dq, BackwardTiles given, TileBatch batch)
{
    constexpr int keys = passingRows;
    constexpr int stride = tileStride<headDim>;
    Half* const queries = dynamicShared<Half>();
    Half* const gradients = queries + tileRows * stride;
    const int kvHead = static_cast<int>(blockIdx.x) % batch.kvHeads;
    const int slot = static_cast<int>(gridDim.x - 1 - blockIdx.x) / batch.kvHeads; // those that see most come first
    const TilePlace place = tileAt(batch, slot, batch.group);
    if (!place.there)
        return;
    const QueryTile<headDim, passingRows> tile(batch, place, kvHead);
    const auto keysOf = [&](int i) { return gradients + (tileRows + i % 2 * 2 * keys) * stride; };
    tile.queries.template copy<tileRows, headDim>(queries, given.q);
    tile.queries.template copy<tileRows, headDim>(gradients, given.dout);
    tile.copy(keysOf(0), given.k, given.v, 0);

    const LaneQueries<headDim> lane(tile, given.sumsOf(batch, place.segment, kvHead), place.first);
    const int own = threadIdx.x / warp * warpRows * stride;
    float sums[headDim / 8][4] = {};
    for (int i = 0; i < tile.tiles; ++i) {
        waitCopies<0>();
        __syncthreads(); // tile i is there for all, and all are done with the stage of the next
        if (i + 1 < tile.tiles)
            tile.copy(keysOf(i + 1), given.k, given.v, i + 1);
        const int key = tile.key(i);
        if (tile.sight.none(key, key + keys - 1))
            continue;
        float scores[keys / 8][4];
        float weights[keys / 8][4];
        productOfRows<headDim>(scores, queries + own, keysOf(i));
        tile.mask(scores, key);
        productOfRows<headDim>(weights, gradients + own, keysOf(i) + keys * stride);
        lane.slopes(scores, weights, batch.log2Scale);
        addProduct<headDim>(sums, scores, keysOf(i));
    }
    writeGradient(dq, tile, sums, batch.scale);
}

void attentionBackwardQueryTiles(
    cudaStream_t stream, Tensor dq, const BackwardTiles& given, const TileBatch& batch, int headDim)
{
    withHeadDim(headDim, [&](auto channels) {
        constexpr int columns = decltype(channels)::value;
        const Grid grid{
            static_cast<unsigned>(slotsOf(batch, batch.group) * batch.kvHeads), tileThreads, backwardBytes<columns>};
        launch(stream, "attentionBackward", grid, attentionBackwardQueryTilesKernel<columns>, viewOf<Half>(dq), given,
            batch);
    });
}

// Parts of the keys' gradients come first, then what is known of each query.
std::size_t attentionBackwardBytes(const Segments& segments, const AttentionShape& shape)
{
    return keyPartBytes(tileBatch(segments, shape), static_cast<int>(shape.headDim))
        + static_cast<std::size_t>(segments.rows * shape.heads) * sizeof(QuerySums);
}

void attentionBackwardTiles(cudaStream_t stream, std::byte* room, const AttentionGradients& to, Tensor dout, Tensor out,
    Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, const AttentionShape& shape)
{
    const TileBatch batch = tileBatch(segments, shape);
    const int headDim = static_cast<int>(shape.headDim);
    auto* const sums = reinterpret_cast<QuerySums*>(room + keyPartBytes(batch, headDim));
    launch(stream, "attentionBackward", Grid{ceilDivide(q.rows * shape.heads, queriesOfBlock), queriesOfBlock * warp},
        querySumsKernel, sums, viewOf<Half>(dout), viewOf<Half>(out), viewOf<float>(lse), batch, headDim);
    const BackwardTiles given{viewOf<Half>(dout), viewOf<Half>(q), viewOf<Half>(k), viewOf<Half>(v), sums};
    attentionBackwardKeyTiles(stream, room, to.dk, to.dv, given, batch, headDim);
    attentionBackwardQueryTiles(stream, to.dq, given, batch, headDim);
}

} // namespace ahascope::kernels::cuda
