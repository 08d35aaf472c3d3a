// Attention over packed batches on the tensor cores: a block takes 64 queries of one segment and key/value head and
// lets the keys and values that they see pass by.
#include "kernels/cuda/attention_forms.h"
#include "kernels/cuda/attention_tiles.cuh"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/online_softmax.cuh"

namespace ahascope::kernels::cuda {

namespace {

// Keys of the tiles that pass by, two of them and of their values at a time: beside wide heads fewer, for the sake of
// registers.
template <int headDim>
constexpr int passingKeys = headDim == 64 ? 64 : 32;

template <int headDim>
constexpr int forwardStage = 2 * passingKeys<headDim>* tileStride<headDim>; // a tile of keys, a tile of values

template <int headDim>
using Tile = QueryTile<headDim, passingKeys<headDim>>;
template <int headDim>
using Softmax = OnlineSoftmax<headDim, passingKeys<headDim>>;

template <int headDim>
__device__ void writeOut(const View<Half>& out, const View<float>& lse, const Tile<headDim>& tile,
    const Softmax<headDim>& softmax, float scale)
{
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const float total = softmax.totalOfRow(half);
        const Queries::Place place = tile.queries.at(tile.ofLane(half));
        if (place.token >= tile.queries.tokens)
            continue;
        writeRow(tile.queries.row(out, place, headDim), softmax.values, half, 1.0f / total);
        if (threadIdx.x % 4 == 0)
            *tile.queries.row(lse, place, 1) = softmax.largest[half] * scale + logf(total);
    }
}

} // namespace

template <int headDim>
__global__ void __launch_bounds__(tileThreads)
    attentionTilesKernel(View<Half> out, View<float> lse, View<Half> q, View<Half> k, View<Half> v, TileBatch batch)
{
    constexpr int keys = passingKeys<headDim>;
    Half* const stages = dynamicShared<Half>();
    const int kvHead = static_cast<int>(blockIdx.x) % batch.kvHeads;
    const int slot = static_cast<int>(gridDim.x - 1 - blockIdx.x) / batch.kvHeads; // those that see most come first
    const TilePlace place = tileAt(batch, slot, batch.group);
    if (!place.there)
        return;
    const Tile<headDim> tile(batch, place, kvHead);
    const auto stageOf = [&](int i) { return stages + i % 2 * forwardStage<headDim>; };

    // The queries are on their way to registers before the second stage is needed.
    static_assert(forwardStage<headDim> >= tileRows * tileStride<headDim>);
    tile.queries.template copy<tileRows, headDim>(stageOf(1), q);
    tile.copy(stageOf(0), k, v, 0);
    waitCopies<0>();
    __syncthreads();
    std::uint32_t queries[headDim / 16][4];
#pragma unroll
    for (int i = 0; i < headDim / 16; ++i)
        loadLeft<headDim>(queries[i], stageOf(1) + threadIdx.x / warp * warpRows * tileStride<headDim>, 16 * i);

    Softmax<headDim> softmax;
    for (int i = 0; i < tile.tiles; ++i) {
        waitCopies<0>();
        __syncthreads(); // tile i is there for all, and all are done with the stage of the next
        if (i + 1 < tile.tiles)
            tile.copy(stageOf(i + 1), k, v, i + 1);
        const int key = tile.key(i);
        if (tile.sight.none(key, key + keys - 1))
            continue;
        float scores[keys / 8][4];
        productOfRows<headDim>(scores, queries, stageOf(i));
        tile.mask(scores, key);
        softmax.add(scores, stageOf(i) + keys * tileStride<headDim>, batch.log2Scale);
    }
    writeOut(out, lse, tile, softmax, batch.scale);
}

bool tilesTake(const AttentionShape& shape, std::initializer_list<Tensor> rows)
{
    const bool made = shape.headDim == 64 || shape.headDim == 96 || shape.headDim == 128;
    if (!made || shape.heads / shape.kvHeads > mostTileGroup || !(shape.scale > 0.0f))
        return false;
    for (const Tensor& tensor : rows) {
        if (tensor.dtype != DType::BF16 || reinterpret_cast<std::uintptr_t>(tensor.data) % 16 != 0
            || (tensor.stride % 8 != 0 && tensor.rows > 1))
            return false;
    }
    return true;
}

void attentionTiles(cudaStream_t stream, Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments,
    const AttentionShape& shape)
{
    const TileBatch batch = tileBatch(segments, shape);
    withHeadDim(shape.headDim, [&](auto headDim) {
        constexpr int columns = decltype(headDim)::value;
        const Grid grid{static_cast<unsigned>(slotsOf(batch, batch.group) * batch.kvHeads), tileThreads,
            2 * forwardStage<columns> * sizeof(Half)};
        launch(stream, "attention", grid, attentionTilesKernel<columns>, viewOf<Half>(out), viewOf<float>(lse),
            viewOf<Half>(q), viewOf<Half>(k), viewOf<Half>(v), batch);
    });
}

} // namespace ahascope::kernels::cuda
