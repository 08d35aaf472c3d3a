// The gradients of attention's keys and values on the tensor cores: a block takes 64 keys of one segment and head and
// lets the queries that see them pass by. Scores are computed transposed, a row for each key, so that weights and
// slopes are left factors of the sums as they lie in registers.
#include "kernels/cuda/attention_backward.cuh"
#include "kernels/cuda/attention_forms.h"

namespace ahascope::kernels::cuda {

namespace {

// What a tile of keys needs to know of the queries that pass by.
struct PassingQueries {
    QuerySums sums;
    int position; // counted as the keys are
};

// The queries that see a tile of keys, tile after tile: those of the keys' own run, then those of the runs whose prefix
// they are in, in row order. Positions count from the keys' run.
template <int headDim>
class QueryWalk {
public:
    static constexpr int rows = passingRows<headDim>;

    __device__ QueryWalk(const TileBatch& batch, const TilePlace& keys, int kvHead)
        : m_batch(batch)
        , m_keys(keys)
        , m_kvHead(kvHead)
        , m_index(keys.index)
        , m_lastKey(min(keys.first + tileRows, keys.segment.length) - 1)
    {
        enter(keys.segment, 0, keys.first);
    }

    __device__ int lastKey() const { return m_lastKey; }
    __device__ Sight sight() const
    {
        const Queries queries = here();
        const int last = min(queries.at(rows - 1).token, m_run.length - 1);
        return {m_offset + queries.token, m_offset + last, m_batch.seen};
    }
    __device__ void copy(Half* queries, Half* gradients, const BackwardTiles& given) const
    {
        here().template copy<rows, headDim>(queries, given.q);
        here().template copy<rows, headDim>(gradients, given.dout);
    }
    // Beyond the run's end there are zeros, which add nothing.
    __device__ PassingQueries passing(int i, const BackwardTiles& given) const
    {
        const int token = here().at(i).token;
        if (token >= m_run.length)
            return {{0.0f, 0.0f}, 0};
        return {given.sumsOf(m_batch, m_run, m_kvHead)[m_row + i], m_offset + token};
    }
    // False after the last tile.
    __device__ bool next()
    {
        m_row += rows;
        while (m_row >= m_end) {
            m_index = m_keys.segment.prefixLength > 0 ? m_batch.count : userFrom(m_index + 1);
            if (m_index == m_batch.count)
                return false;
            const Segment run = m_batch.segments[m_index];
            enter(run, run.prefixLength, 0);
        }
        return true;
    }

private:
    __device__ Queries here() const { return {m_batch, m_run, m_kvHead, m_row}; }
    __device__ void enter(const Segment& run, int offset, int firstToken)
    {
        m_run = run;
        m_offset = offset;
        m_row = firstToken * m_batch.group;
        const unsigned past = m_lastKey + m_batch.seen; // the first position that sees none of the keys
        const int tokens
            = past < static_cast<unsigned>(offset + run.length) ? static_cast<int>(past) - offset : run.length;
        m_end = tokens * m_batch.group;
    }
    // The first segment from `index` on that has the keys' segment as its prefix. All warps look alike.
    __device__ int userFrom(int index) const
    {
        for (; index < m_batch.count; index += warp) {
            const int mine = index + static_cast<int>(threadIdx.x) % warp;
            const bool uses = mine < m_batch.count && m_batch.segments[mine].prefixLength > 0
                && m_batch.segments[mine].prefixBegin == m_keys.segment.begin;
            const unsigned votes = __ballot_sync(allLanes, uses);
            if (votes != 0)
                return index + __ffs(static_cast<int>(votes)) - 1;
        }
        return m_batch.count;
    }

    const TileBatch& m_batch;
    const TilePlace& m_keys;
    const int m_kvHead;
    int m_index; // of the run, among the segments
    const int m_lastKey;
    Segment m_run;
    int m_offset; // position of the run's first token
    int m_row;    // first of the tile
    int m_end;    // of the rows that see any of the keys
};

template <int headDim>
struct KeyTile {
    static constexpr int queries = passingRows<headDim>;
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

} // namespace

template <int headDim>
__global__ void __launch_bounds__(tileThreads)
    attentionBackwardKeyTilesKernel(View<Half> dk, View<Half> dv, BackwardTiles given, TileBatch batch)
{
    constexpr int queries = passingRows<headDim>;
    constexpr int stride = tileStride<headDim>;
    __shared__ PassingQueries passing[2][queries];
    Half* const keys = dynamicShared<Half>();
    Half* const values = keys + tileRows * stride;
    const int kvHead = static_cast<int>(blockIdx.x) % batch.kvHeads;
    const TilePlace place = tileAt(batch, static_cast<int>(blockIdx.x) / batch.kvHeads, 1);
    if (!place.there)
        return;
    QueryWalk<headDim> walk(batch, place, kvHead);
    const auto queriesOf = [&](int i) { return values + (tileRows + i % 2 * 2 * queries) * stride; };
    const int lane = static_cast<int>(threadIdx.x);
    copyKeys<headDim>(keys, given.k, place, kvHead);
    copyKeys<headDim>(values, given.v, place, kvHead);
    walk.copy(queriesOf(0), queriesOf(0) + queries * stride, given);
    commitCopies();
    if (lane < queries)
        passing[0][lane] = walk.passing(lane, given);

    const int own = lane / warp * warpRows;
    KeyTile<headDim> tile{place.first + own, place.segment.length, batch.seen, batch.log2Scale, {}, {}};
    bool more = true;
    for (int i = 0; more; ++i) {
        const bool edge = !walk.sight().all(place.first, walk.lastKey());
        more = walk.next();
        PassingQueries following{};
        if (more && lane < queries)
            following = walk.passing(lane, given);
        waitCopies<0>();
        __syncthreads(); // tile i is there for all, and all are done with the stage of the next
        if (more)
            walk.copy(queriesOf(i + 1), queriesOf(i + 1) + queries * stride, given);
        commitCopies();
        tile.add(keys + own * stride, values + own * stride, queriesOf(i), queriesOf(i) + queries * stride,
            passing[i % 2], edge);
        if (more && lane < queries)
            passing[(i + 1) % 2][lane] = following;
    }
    tile.write(dk, tile.dk, place.segment.begin, kvHead, batch.scale);
    tile.write(dv, tile.dv, place.segment.begin, kvHead, 1.0f);
}

void attentionBackwardKeyTiles(
    cudaStream_t stream, Tensor dk, Tensor dv, const BackwardTiles& given, const TileBatch& batch, int headDim)
{
    withHeadDim(headDim, [&](auto channels) {
        constexpr int columns = decltype(channels)::value;
        const Grid grid{static_cast<unsigned>(slotsOf(batch, 1) * batch.kvHeads), tileThreads, backwardBytes<columns>};
        launch(stream, "attentionBackward", grid, attentionBackwardKeyTilesKernel<columns>, viewOf<Half>(dk),
            viewOf<Half>(dv), given, batch);
    });
}

} // namespace ahascope::kernels::cuda
