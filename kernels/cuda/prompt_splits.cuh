// A prompt's keys are seen by all runs of its group: few tiles with most of the work. Their queries are split over
// blocks, each of which keeps its sums in F32; the parts are then added in order.
#pragma once

#include "kernels/cuda/query_walk.cuh"

namespace ahascope::kernels::cuda {

constexpr int mostParts = 512; // some for each multiprocessor of any device: the sums must not depend on which it is
constexpr int mostSplits = 16;
constexpr int leastTiles = 8; // of queries that are worth a block

// Sums of tiles of keys: [count][dk, dv][64][headDim].
struct KeyParts {
    float* values;
    int count;

    __device__ float* row(int part, int which, int key, int headDim) const
    {
        return values + ((std::int64_t(part) * 2 + which) * tileRows + key) * headDim;
    }
};

__device__ inline int promptTilesOf(const Segment& segment)
{
    return segment.prefixLength == 0 ? (segment.length + tileRows - 1) / tileRows : 0;
}

// Tile `tile` of those of all runs without a prefix; by a whole warp.
__device__ inline TilePlace promptTileAt(const TileBatch& batch, int tile)
{
    const int lane = static_cast<int>(threadIdx.x) % warp;
    for (int base = 0; base < batch.count; base += warp) {
        const int mine = base + lane < batch.count ? promptTilesOf(batch.segments[base + lane]) : 0;
        int end = mine; // of this lane's tiles, counted from the first lane's
#pragma unroll
        for (int distance = 1; distance < warp; distance *= 2) {
            const int before = __shfl_sync(allLanes, end, max(0, lane - distance));
            end += lane >= distance ? before : 0;
        }
        const unsigned votes = __ballot_sync(allLanes, tile < end);
        if (votes != 0) {
            const int found = __ffs(static_cast<int>(votes)) - 1;
            const int first = __shfl_sync(allLanes, end - mine, found);
            return {batch.segments[base + found], base + found, (tile - first) * tileRows, true};
        }
        tile -= __shfl_sync(allLanes, end, warp - 1);
    }
    return {{}, 0, 0, false};
}

// How many parts there is room for, of each tile of the runs without a prefix.
class PromptSplits {
public:
    // By a whole warp.
    __device__ PromptSplits(const TileBatch& batch, int parts)
    {
        int tiles = 0;
        for (int i = static_cast<int>(threadIdx.x) % warp; i < batch.count; i += warp)
            tiles += promptTilesOf(batch.segments[i]);
#pragma unroll
        for (int mask = warp / 2; mask > 0; mask /= 2)
            tiles += __shfl_xor_sync(allLanes, tiles, mask);
        m_most = min(mostSplits, parts / max(1, tiles * batch.kvHeads));
    }
    __device__ int most() const
    {
        return m_most;
    }
    // Of a tile that so many tiles of queries see; below 2 it is not split.
    __device__ int of(int queryTiles) const
    {
        return min(m_most, queryTiles / leastTiles);
    }

private:
    int m_most;
};

} // namespace ahascope::kernels::cuda
