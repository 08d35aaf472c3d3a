#include <algorithm>

#include "kernels/cpu/attention_segments.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/kv_cache.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

namespace {

// Lists of one thread, for the rows of one block and one key/value head.
struct RowLists {
    std::vector<KvBlock> blocks;
    std::vector<const float*> q;
    std::vector<float*> out;
    std::vector<float*> lse;
    std::vector<std::int32_t> lastTokens;
    std::vector<std::int32_t> firstPlaces; // counted from blocks.front()
};

struct Forward {
    Tensor out;
    Tensor lse;
    Tensor q;
    AttentionShape shape;
    HeadLayout layout;
    const float* packed = nullptr; // [blocks of the batch][kvHeads] KvBlocks
};

const float* packedBlock(const Forward& forward, std::int64_t block, std::int64_t kvHead)
{
    return forward.packed + (block * forward.shape.kvHeads + kvHead) * forward.layout.blockFloats;
}

// The blocks that the rows of `block` attend to: those of the prefix, then its own segment's up to itself, without
// those before the window.
void listBlocks(const Forward& forward, const SegmentBlocks& batch, std::int64_t block, std::int64_t kvHead,
    const WindowView& window, std::vector<KvBlock>& list)
{
    list.clear();
    const SegmentBlocks::Block& rows = batch.blocks()[static_cast<std::size_t>(block)];
    const std::int64_t prefix = batch.prefixSegment(rows.segment);
    const auto add = [&](std::int64_t first, std::int64_t end) {
        for (std::int64_t b = first; b < end; ++b)
            list.push_back({packedBlock(forward, b, kvHead), batch.blocks()[static_cast<std::size_t>(b)].tokens});
    };
    std::int64_t before = 0;
    if (prefix >= 0) {
        before = blocksOf(batch.segments()[static_cast<std::size_t>(prefix)].length);
        add(batch.firstBlock(prefix) + window.firstBlock(), batch.firstBlock(prefix) + before);
    }
    add(block - rows.index + std::max<std::int64_t>(0, window.firstBlock() - before), block + 1);
}

void listQueries(const Forward& forward, const SegmentBlocks::Block& rows, std::int64_t kvHead,
    const WindowView& window, RowLists& lists)
{
    const std::int64_t group = forward.shape.heads / forward.shape.kvHeads;
    const std::int64_t headDim = forward.shape.headDim;
    lists.q.clear();
    lists.out.clear();
    lists.lse.clear();
    lists.lastTokens.clear();
    lists.firstPlaces.clear();
    for (std::int32_t i = 0; i < rows.tokens; ++i) {
        for (std::int64_t head = kvHead * group; head < (kvHead + 1) * group; ++head) {
            lists.q.push_back(headOf(forward.q, rows.row + i, head, headDim));
            lists.out.push_back(headOf(forward.out, rows.row + i, head, headDim));
            lists.lse.push_back(headOf(forward.lse, rows.row + i, head, 1));
            lists.lastTokens.push_back(i + 1);
            lists.firstPlaces.push_back(window.firstPlace(16 * rows.index + i));
        }
    }
}

} // namespace

// The keys and values are brought into the layout of the cache's pages first; then blocks of up to 16 rows, one
// key/value head each, are separate pieces of work.
void CpuBackend::doAttention(
    Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
{
    const SegmentBlocks batch(segments);
    Forward forward{out, lse, q, shape, headLayout(shape.headDim)};
    const std::int64_t pieces = static_cast<std::int64_t>(batch.blocks().size()) * shape.kvHeads;
    reserveScratch(attendScratch + attendScratchPerValue * forward.layout.valueStride);
    float* const packed = reserveShared(pieces * forward.layout.blockFloats);
    forward.packed = packed;
    const AttentionKernels& kernels = attentionKernelsOf(m_set);
    m_pool.forRanges(pieces, 4, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t piece = begin; piece < end; ++piece) {
            const SegmentBlocks::Block& rows = batch.blocks()[static_cast<std::size_t>(piece / shape.kvHeads)];
            const std::int64_t kvHead = piece % shape.kvHeads;
            kernels.pack(packed + piece * forward.layout.blockFloats, forward.layout,
                {headOf(k, rows.row, kvHead, shape.headDim), k.stride, headOf(v, rows.row, kvHead, shape.headDim),
                    v.stride, rows.tokens});
        }
    });

    std::vector<RowLists> lists(static_cast<std::size_t>(m_pool.threads()));
    for (RowLists& list : lists)
        list.blocks.reserve(static_cast<std::size_t>(batch.longestContext()));
    m_pool.forRanges(pieces, 1, [&](std::int64_t piece, std::int64_t, int thread) {
        RowLists& list = lists[static_cast<std::size_t>(thread)];
        const std::int64_t block = piece / shape.kvHeads;
        const SegmentBlocks::Block& rows = batch.blocks()[static_cast<std::size_t>(block)];
        const WindowView window = batch.windowOf(rows, shape.window);
        listBlocks(forward, batch, block, piece % shape.kvHeads, window, list.blocks);
        listQueries(forward, rows, piece % shape.kvHeads, window, list);
        kernels.attend({.queries = static_cast<std::int64_t>(list.q.size()),
            .q = list.q.data(),
            .out = list.out.data(),
            .lse = list.lse.data(),
            .blocks = list.blocks.data(),
            .blockCount = static_cast<std::int64_t>(list.blocks.size()),
            .lastTokens = list.lastTokens.data(),
            .window = window.rows(list.firstPlaces),
            .layout = forward.layout,
            .scale = shape.scale,
            .scratch = scratch(thread)});
    });
}

} // namespace ahascope::kernels
