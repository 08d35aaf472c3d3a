// The gradients of attention's keys and values on the tensor cores: a block takes 64 keys of one segment and head and
// lets the queries that see them pass by. Scores are computed transposed, a row for each key, so that weights and
// slopes are left factors of the sums as they lie in registers.
#include <algorithm>

#include "kernels/cuda/attention_forms.h"
#include "kernels/cuda/prompt_splits.cuh"

namespace ahascope::kernels::cuda {

namespace {

template <int headDim>
struct KeyTile {
    static constexpr int queries = passingRows;
    int firstKey; // of this warp
    int count;    // keys of the segment
    unsigned seen;
    float log2Scale;
    float dk[headDim / 8][4];
    float dv[headDim / 8][4];

    __device__ void mask(float (&scores)[queries / 8][4], const PassingQueries* passing) const
    {
        const int key = firstKey + threadIdx.x % warp / 4;
#pragma unroll
        for (int j = 0; j < queries / 8; ++j) {
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int position = passing[8 * j + threadIdx.x % 4 * 2 + i % 2].position;
                if (!sees(position, key + i / 2 * 8, seen))
                    scores[j][i] = -INFINITY;
            }
        }
    }
    // Own rows of keys and values; a tile of queries and of gradients of what they gave.
    __device__ void add(const Half* keys, const Half* values, const Half* query, const Half* gradient,
        const PassingQueries* passing, bool edge)
    {
        float weights[queries / 8][4];
        float slopes[queries / 8][4];
        productOfRows<headDim>(weights, keys, query);
        if (edge)
            mask(weights, passing);
        productOfRows<headDim>(slopes, values, gradient);
#pragma unroll
        for (int j = 0; j < queries / 8; ++j) {
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const QuerySums sums = passing[8 * j + threadIdx.x % 4 * 2 + i % 2].sums;
                weights[j][i] = powerOfTwo(weights[j][i] * log2Scale - sums.log2Total);
                slopes[j][i] = weights[j][i] * (slopes[j][i] - sums.delta);
            }
        }
        addProduct<headDim>(dv, weights, gradient);
        addProduct<headDim>(dk, slopes, query);
    }
    __device__ void write(const KeyParts& parts, int part) const
    {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int row = threadIdx.x / warp * warpRows + threadIdx.x % warp / 4 + 8 * half;
            writeRow(parts.row(part, 0, row, headDim), dk, half);
            writeRow(parts.row(part, 1, row, headDim), dv, half);
        }
    }
    __device__ void write(
        const View<Half>& to, const float (&sums)[headDim / 8][4], int begin, int kvHead, float factor) const
    {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int key = firstKey + threadIdx.x % warp / 4 + 8 * half;
            if (key < count)
                writeRow(to.row(begin + key) + kvHead * headDim, sums, half, factor);
        }
    }
};

template <int headDim>
__device__ void copyKeys(Half* to, const View<Half>& x, const TilePlace& place, int kvHead)
{
    copyRows<tileRows, headDim>(to, [&](int i) {
        const int key = place.first + i;
        return RowSource{x.row(place.segment.begin + key) + kvHead * headDim, key < place.segment.length};
    });
}

// The sums of a tile of keys over `count` tiles of queries.
template <int headDim>
__device__ KeyTile<headDim> sumOver(QueryWalk<headDim>& walk, int count, const TilePlace& place, int kvHead,
    const BackwardTiles& given, const TileBatch& batch, PassingQueries (&passing)[2][passingRows])
{
    constexpr int queries = passingRows;
    constexpr int stride = tileStride<headDim>;
    Half* const keys = dynamicShared<Half>();
    Half* const values = keys + tileRows * stride;
    const auto queriesOf = [&](int i) { return values + (tileRows + i % 2 * 2 * queries) * stride; };
    const int thread = static_cast<int>(threadIdx.x);
    copyKeys<headDim>(keys, given.k, place, kvHead);
    copyKeys<headDim>(values, given.v, place, kvHead);
    walk.copy(queriesOf(0), queriesOf(0) + queries * stride, given);
    commitCopies();
    if (thread < queries)
        passing[0][thread] = walk.passing(thread, given);

    const int own = thread / warp * warpRows;
    KeyTile<headDim> tile{place.first + own, place.segment.length, batch.seen, batch.log2Scale, {}, {}};
    for (int i = 0; i < count; ++i) {
        const bool edge = !walk.sight().all(place.first, walk.lastKey());
        const bool more = i + 1 < count && walk.next();
        PassingQueries following{};
        if (more && thread < queries)
            following = walk.passing(thread, given);
        waitCopies<0>();
        __syncthreads(); // tile i is there for all, and all are done with the stage of the next
        if (more)
            walk.copy(queriesOf(i + 1), queriesOf(i + 1) + queries * stride, given);
        commitCopies();
        tile.add(keys + own * stride, values + own * stride, queriesOf(i), queriesOf(i) + queries * stride,
            passing[i % 2], edge);
        if (more && thread < queries)
            passing[(i + 1) % 2][thread] = following;
    }
    return tile;
}

} // namespace

template <int headDim>
__global__ void __launch_bounds__(tileThreads, headDim == 64 ? 3 : 2)
    attentionBackwardKeyTilesKernel(View<Half> dk, View<Half> dv, BackwardTiles given, TileBatch batch, int parts)
{
    __shared__ PassingQueries passing[2][passingRows];
    const int kvHead = static_cast<int>(blockIdx.x) % batch.kvHeads;
    const TilePlace place = tileAt(batch, static_cast<int>(blockIdx.x) / batch.kvHeads, 1);
    if (!place.there)
        return;
    QueryWalk<headDim> walk(batch, place, kvHead);
    const int count = walk.tiles();
    if (place.segment.prefixLength == 0 && PromptSplits(batch, parts).of(count) > 1)
        return;
    const KeyTile<headDim> tile = sumOver(walk, count, place, kvHead, given, batch, passing);
    tile.write(dk, tile.dk, place.segment.begin, kvHead, batch.scale);
    tile.write(dv, tile.dv, place.segment.begin, kvHead, 1.0f);
}

// Block by block: the parts of the first prompt's first tile, of each key/value head, then of its next tile.
template <int headDim>
__global__ void __launch_bounds__(tileThreads, headDim == 64 ? 3 : 2)
    attentionBackwardKeyPartsKernel(KeyParts parts, BackwardTiles given, TileBatch batch)
{
    __shared__ PassingQueries passing[2][passingRows];
    const PromptSplits all(batch, parts.count);
    if (all.most() < 2)
        return;
    const int part = static_cast<int>(blockIdx.x);
    const int split = part % all.most();
    const int kvHead = part / all.most() % batch.kvHeads;
    const TilePlace place = promptTileAt(batch, part / all.most() / batch.kvHeads);
    if (!place.there)
        return;
    QueryWalk<headDim> walk(batch, place, kvHead);
    const int count = walk.tiles();
    const int splits = all.of(count);
    if (splits < 2 || split >= splits)
        return;
    const int first = count * split / splits;
    walk.skip(first);
    sumOver(walk, count * (split + 1) / splits - first, place, kvHead, given, batch, passing).write(parts, part);
}

template <int headDim>
__global__ void __launch_bounds__(tileThreads)
    addKeyPartsKernel(View<Half> dk, View<Half> dv, KeyParts parts, TileBatch batch)
{
    const PromptSplits all(batch, parts.count);
    const int kvHead = static_cast<int>(blockIdx.x) % batch.kvHeads;
    const TilePlace place = promptTileAt(batch, static_cast<int>(blockIdx.x) / batch.kvHeads);
    if (all.most() < 2 || !place.there)
        return;
    const int splits = all.of(QueryWalk<headDim>(batch, place, kvHead).tiles());
    const int keys = min(tileRows, place.segment.length - place.first);
    for (int i = static_cast<int>(threadIdx.x); i < keys * headDim && splits > 1; i += tileThreads) {
        const int key = i / headDim;
        const int column = i % headDim;
        float sums[2] = {0.0f, 0.0f};
        for (int split = 0; split < splits; ++split) {
            const int part = static_cast<int>(blockIdx.x) * all.most() + split;
            sums[0] += parts.row(part, 0, key, headDim)[column];
            sums[1] += parts.row(part, 1, key, headDim)[column];
        }
        const std::int64_t row = place.segment.begin + place.first + key;
        narrow(dk.row(row)[kvHead * headDim + column], sums[0] * batch.scale);
        narrow(dv.row(row)[kvHead * headDim + column], sums[1]);
    }
}

static int partsOf(const TileBatch& batch)
{
    return static_cast<int>(std::min<std::int64_t>(mostParts, slotsOf(batch, 1) * batch.kvHeads * mostSplits));
}

std::size_t keyPartBytes(const TileBatch& batch, int headDim)
{
    return static_cast<std::size_t>(partsOf(batch)) * 2 * tileRows * static_cast<std::size_t>(headDim) * sizeof(float);
}

void attentionBackwardKeyTiles(cudaStream_t stream, std::byte* room, Tensor dk, Tensor dv, const BackwardTiles& given,
    const TileBatch& batch, int headDim)
{
    const KeyParts parts{reinterpret_cast<float*>(room), partsOf(batch)};
    withHeadDim(headDim, [&](auto channels) {
        constexpr int columns = decltype(channels)::value;
        const auto gridOf = [](std::int64_t blocks) {
            return Grid{static_cast<unsigned>(blocks), tileThreads, backwardBytes<columns>};
        };
        launch(stream, "attentionBackward", gridOf(parts.count), attentionBackwardKeyPartsKernel<columns>, parts, given,
            batch);
        launch(stream, "attentionBackward", gridOf(slotsOf(batch, 1) * batch.kvHeads),
            attentionBackwardKeyTilesKernel<columns>, viewOf<Half>(dk), viewOf<Half>(dv), given, batch, parts.count);
        launch(stream, "attentionBackward", Grid{static_cast<unsigned>(parts.count / 2), tileThreads},
            addKeyPartsKernel<columns>, viewOf<Half>(dk), viewOf<Half>(dv), parts, batch);
    });
}

} // namespace ahascope::kernels::cuda
