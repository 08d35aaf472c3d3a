// Attention on the tensor cores (Dao 2023, arXiv 2307.08691): what its forward and backward kernels share. The queries
// of a segment that read one key/value head are rows of one matrix, token after token, the heads of the group within a
// token: tiles are full where runs are short, and keys and values are read once for all heads of the group.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/tiles.cuh"

namespace ahascope::kernels::cuda {

struct TileBatch {
    const Segment* segments;
    int count;
    int rows;
    int kvHeads;
    int group;           // query heads of a key/value head
    unsigned reciprocal; // 2^20 / group, rounded up
    unsigned seen;       // keys that a query may see: the window
    float scale;
    float log2Scale; // scale log2(e): exp(scale x) = 2^(log2Scale x)
};

// Up to here `reciprocal` divides what Queries::at() asks it to.
constexpr std::int64_t mostTileGroup = 512;

// A tile of a segment.
struct TilePlace {
    Segment segment;
    int index; // of the segment
    int first; // row, counted from the segment's
    bool there;
};

// Tile `slot` of a batch whose segments have `rowsOfToken` rows for each token. A segment's tiles begin at slot
// (rows before it) / 64 + (segments before it), which leaves room for all of them and is known without a plan; some
// slots stay empty.
__device__ inline TilePlace tileAt(const TileBatch& batch, int slot, int rowsOfToken)
{
    const auto slotOf = [&](int segment) { return batch.segments[segment].begin * rowsOfToken / tileRows + segment; };
    int low = 0;
    int high = batch.count;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (slotOf(middle) <= slot)
            low = middle;
        else
            high = middle;
    }
    const int first = (slot - slotOf(low)) * tileRows;
    const Segment segment = batch.segments[low];
    return {segment, low, first, first < segment.length * rowsOfToken};
}
inline std::int64_t slotsOf(const TileBatch& batch, int rowsOfToken)
{
    return std::int64_t(batch.rows) * rowsOfToken / tileRows + batch.count;
}

// Neighbouring query rows of one segment and key/value head.
struct Queries {
    int begin;     // the segment's first row of the batch
    int tokens;    // of the segment
    int token;     // of the first query
    int head;      // of the first query, within the group
    int firstHead; // of the group
    int group;
    unsigned reciprocal;

    __device__ Queries(const TileBatch& batch, const Segment& segment, int kvHead, int first)
        : begin(segment.begin)
        , tokens(segment.length)
        , token(first / batch.group)
        , head(first % batch.group)
        , firstHead(kvHead * batch.group)
        , group(batch.group)
        , reciprocal(batch.reciprocal)
    {
    }

    struct Place {
        int token;
        int head; // of all
    };
    __device__ Place at(int i) const
    {
        const int tokensOn = static_cast<int>((head + i) * reciprocal >> 20);
        return {token + tokensOn, firstHead + head + i - tokensOn * group};
    }
    template <class T>
    __device__ T* row(const View<T>& x, Place place, int columns) const
    {
        return x.row(begin + place.token) + place.head * columns;
    }
    template <int rows, int headDim>
    __device__ void copy(Half* to, const View<Half>& x) const
    {
        copyRows<rows, headDim>(to, [&](int i) {
            const Place place = at(i);
            return RowSource{row(x, place, headDim), place.token < tokens};
        });
    }
};

// The keys or values of one head that a segment's queries may see, by position: its prefix, then itself.
struct Context {
    Segment segment;
    int kvHead;

    template <int rows, int headDim>
    __device__ void copy(Half* to, const View<Half>& x, int first) const
    {
        copyRows<rows, headDim>(to, [&](int i) {
            const int position = first + i;
            const int own = position - segment.prefixLength;
            const int row = own < 0 ? segment.prefixBegin + position : segment.begin + own;
            return RowSource{x.row(row) + kvHead * headDim, own < segment.length};
        });
    }
};

__device__ inline bool sees(int query, int key, unsigned seen)
{
    return static_cast<unsigned>(query - key) < seen;
}

// The positions of some neighbouring queries.
struct Sight {
    int first;
    int last;
    unsigned seen;

    __device__ bool all(int firstKey, int lastKey) const
    {
        return lastKey <= first && static_cast<unsigned>(last - firstKey) < seen;
    }
    __device__ bool none(int firstKey, int lastKey) const
    {
        return firstKey > last || (lastKey < first && static_cast<unsigned>(first - lastKey) >= seen);
    }
};

// The 64 queries of a block and the tiles of `keys` keys that they see.
template <int headDim, int keys>
struct QueryTile {
    Queries queries;
    Context context;
    Sight sight;  // of this warp
    int firstKey; // of the first tile: a multiple of the tile, so that a row's sums do not depend on its neighbours
    int tiles;
    unsigned seen;

    __device__ QueryTile(const TileBatch& batch, const TilePlace& place, int kvHead)
        : queries(batch, place.segment, kvHead, place.first)
        , context{place.segment, kvHead}
        , seen(batch.seen)
    {
        const int own = threadIdx.x / warp * warpRows;
        sight = {position(own), position(own + warpRows - 1), seen};
        const unsigned first = position(0);
        firstKey = first >= seen ? static_cast<int>((first - seen + 1) / keys * keys) : 0;
        const int end = min(position(tileRows - 1), place.segment.prefixLength + place.segment.length - 1) + 1;
        tiles = (end - firstKey + keys - 1) / keys;
    }
    __device__ int key(int i) const { return firstKey + i * keys; } // first of the i-th tile
    // Begins to copy the i-th tile of keys and, behind it, of values.
    __device__ void copy(Half* to, const View<Half>& k, const View<Half>& v, int i) const
    {
        context.template copy<keys, headDim>(to, k, key(i));
        context.template copy<keys, headDim>(to + keys * tileStride<headDim>, v, key(i));
        commitCopies();
    }
    // Of the i-th query.
    __device__ int position(int i) const { return context.segment.prefixLength + queries.at(i).token; }
    // The query of this lane's upper or lower sums.
    __device__ int ofLane(int half) const { return threadIdx.x / warp * warpRows + threadIdx.x % warp / 4 + 8 * half; }

    // Scores of keys that a query does not see become -infinity.
    __device__ void mask(float (&scores)[keys / 8][4], int key) const
    {
        if (sight.all(key, key + keys - 1))
            return;
        const int upper = position(ofLane(0));
        const int lower = position(ofLane(1));
        const int ofLaneKey = key + threadIdx.x % 4 * 2;
#pragma unroll
        for (int j = 0; j < keys / 8; ++j) {
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                if (!sees(i < 2 ? upper : lower, ofLaneKey + 8 * j + i % 2, seen))
                    scores[j][i] = -INFINITY;
            }
        }
    }
};

// ---- The host's side

inline TileBatch tileBatch(const Segments& segments, const AttentionShape& shape)
{
    const std::int64_t group = shape.heads / shape.kvHeads;
    return {reinterpret_cast<const Segment*>(segments.table.data), static_cast<int>(segments.count),
        static_cast<int>(segments.rows), static_cast<int>(shape.kvHeads), static_cast<int>(group),
        static_cast<unsigned>(((1 << 20) + group - 1) / group),
        shape.window > 0 && shape.window < segments.rows ? static_cast<unsigned>(shape.window) : 0x80000000u,
        shape.scale, shape.scale * log2e};
}

} // namespace ahascope::kernels::cuda
