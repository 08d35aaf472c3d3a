// Which queries see a tile of keys.
#pragma once

#include "kernels/cuda/attention_backward.cuh"

namespace ahascope::kernels::cuda {

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
    static constexpr int rows = passingRows;

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
    // From this one on.
    __device__ int tiles() const
    {
        QueryWalk rest = *this;
        int sum = 0;
        do
            sum += rest.tilesOfRun();
        while (rest.nextRun());
        return sum;
    }
    // Goes on by fewer tiles than there are.
    __device__ void skip(int count)
    {
        for (int passed = tilesOfRun(); count >= passed; passed = tilesOfRun()) {
            count -= passed;
            nextRun();
        }
        m_row += count * rows;
    }
    // False after the last tile.
    __device__ bool next()
    {
        m_row += rows;
        while (m_row >= m_end) {
            if (!nextRun())
                return false;
        }
        return true;
    }

private:
    __device__ int tilesOfRun() const { return m_end > m_row ? (m_end - m_row + rows - 1) / rows : 0; }
    __device__ bool nextRun()
    {
        m_index = m_keys.segment.prefixLength > 0 ? m_batch.count : userFrom(m_index + 1);
        if (m_index == m_batch.count)
            return false;
        const Segment run = m_batch.segments[m_index];
        enter(run, run.prefixLength, 0);
        return true;
    }
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

} // namespace ahascope::kernels::cuda
