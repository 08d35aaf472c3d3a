// What attention() and its gradient work out on the host before the threads start.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/backend.h"
#include "kernels/cpu/attention_kernels.h"

namespace ahascope::kernels {

// What some neighbouring rows of a run see of their context under a window (AttentionShape::window). The tokens of a
// context have places, 16 to a block: first those of the prefix, then, from a new block on, those of the run itself.
class WindowView {
public:
    // Rows [firstRow, firstRow + rows) of the run.
    WindowView(std::int64_t window, std::int64_t prefixTokens, std::int64_t firstRow, std::int64_t rows);

    // None of the rows sees anything before this block of the context.
    std::int64_t firstBlock() const { return m_firstBlock; }
    // First place that a row sees, counted from firstBlock().
    std::int32_t firstPlace(std::int64_t row) const;
    // The window of queries whose first places are listed.
    WindowRows rows(const std::vector<std::int32_t>& firstPlaces) const;

private:
    std::int64_t m_window;
    std::int64_t m_prefixTokens;
    std::int64_t m_firstBlock = 0;
    std::int64_t m_edgeBlocks = 0;
};

// The segments of a batch, cut into blocks of up to 16 rows that are counted from each segment's begin, as pages are.
class SegmentBlocks {
public:
    // Throws std::logic_error when the segments do not cover the rows in order, or a prefix is not an earlier
    // segment that has no prefix itself.
    explicit SegmentBlocks(const Segments& segments);

    struct Block {
        std::int32_t segment = 0;
        std::int32_t row = 0; // of the batch
        std::int32_t tokens = 0;
        std::int32_t index = 0; // within its segment
    };

    const std::vector<Segment>& segments() const { return m_segments; }
    const std::vector<Block>& blocks() const { return m_blocks; }
    std::int64_t firstBlock(std::int64_t segment) const { return m_firstBlock[static_cast<std::size_t>(segment)]; }
    // The segment that is the prefix of this one; -1 = no prefix.
    std::int64_t prefixSegment(std::int64_t segment) const { return m_prefix[static_cast<std::size_t>(segment)]; }
    WindowView windowOf(const Block& rows, std::int64_t window) const;
    // Most blocks that a row attends to.
    std::int64_t longestContext() const;

private:
    std::vector<Segment> m_segments;
    std::vector<std::int64_t> m_firstBlock;
    std::vector<std::int64_t> m_prefix;
    std::vector<Block> m_blocks;
};

inline std::int64_t blocksOf(std::int64_t tokens)
{
    return (tokens + 15) / 16;
}

// A head of a row, all in one row of a tensor.
inline float* headOf(Tensor x, std::int64_t row, std::int64_t head, std::int64_t headDim)
{
    return x.f32() + row * x.stride + head * headDim;
}

} // namespace ahascope::kernels
