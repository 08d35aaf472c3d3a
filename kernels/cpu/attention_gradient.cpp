#include <algorithm>

#include "kernels/cpu/attention_segments.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/kv_cache.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

namespace {

struct Gradients {
    Tensor dq;
    Tensor dk;
    Tensor dv;
    Tensor dout;
    Tensor out;
    Tensor lse;
    Tensor q;
    Tensor k;
    Tensor v;
    AttentionShape shape;
    HeadLayout layout;
};

// A segment without a prefix and the segments that have it as theirs, in row order.
struct Group {
    std::vector<std::int64_t> segments;
    std::int64_t prefixBlocks = 0;
    std::int64_t longestBlocks = 0; // of the others
};

std::vector<Group> groupSegments(const SegmentBlocks& batch)
{
    std::vector<Group> groups;
    std::vector<std::size_t> groupOf;
    for (std::size_t s = 0; s < batch.segments().size(); ++s) {
        const std::int64_t prefix = batch.prefixSegment(static_cast<std::int64_t>(s));
        const std::int64_t blocks = blocksOf(batch.segments()[s].length);
        if (prefix < 0) {
            groupOf.push_back(groups.size());
            groups.push_back({{static_cast<std::int64_t>(s)}, blocks, 0});
            continue;
        }
        groupOf.push_back(groupOf[static_cast<std::size_t>(prefix)]);
        Group& group = groups[groupOf.back()];
        group.segments.push_back(static_cast<std::int64_t>(s));
        group.longestBlocks = std::max(group.longestBlocks, blocks);
    }
    return groups;
}

// Keys twice, values, dkeys and dvalues of one block.
std::int64_t gradientBlockFloats(const HeadLayout& layout)
{
    return 16 * (4 * layout.headDim + layout.valueStride);
}

// The work of one thread on one group and one key/value head.
class GroupGradient {
public:
    GroupGradient(const Gradients& tensors, const SegmentBlocks& batch, const AttentionKernels& kernels,
        std::int64_t kvHead, float* scratch)
        : m_tensors(tensors)
        , m_batch(batch)
        , m_kernels(kernels)
        , m_kvHead(kvHead)
        , m_scratch(scratch)
    {
    }

    void run(const Group& group)
    {
        const std::int64_t prefix = group.segments.front();
        m_blocks.resize(static_cast<std::size_t>(group.prefixBlocks + group.longestBlocks));
        pack(prefix, 0);
        addRows(prefix, 0);
        for (std::size_t i = 1; i < group.segments.size(); ++i) {
            pack(group.segments[i], group.prefixBlocks);
            addRows(group.segments[i], group.prefixBlocks);
            unpack(group.segments[i], group.prefixBlocks);
        }
        unpack(prefix, 0);
    }

private:
    // Own blocks of a segment are at m_blocks[firstBlock ...].
    void pack(std::int64_t segment, std::int64_t firstBlock);
    void addRows(std::int64_t segment, std::int64_t firstBlock);
    void addBlock(const SegmentBlocks::Block& rows, std::int64_t blockCount);
    void unpack(std::int64_t segment, std::int64_t firstBlock) const;

    const Gradients& m_tensors;
    const SegmentBlocks& m_batch;
    const AttentionKernels& m_kernels;
    const std::int64_t m_kvHead;
    float* const m_scratch;              // that of the inner function, then the blocks
    std::vector<GradientBlock> m_blocks; // the prefix's, then those of one run
    std::vector<const float*> m_q, m_out, m_dout, m_lse;
    std::vector<float*> m_dq;
    std::vector<std::int32_t> m_lastTokens, m_firstPlaces;
};

std::int64_t rowScratch(const HeadLayout& layout)
{
    return gradientScratch + gradientScratchPerValue * layout.valueStride;
}

void GroupGradient::pack(std::int64_t segment, std::int64_t firstBlock)
{
    const HeadLayout& layout = m_tensors.layout;
    const std::int64_t headDim = layout.headDim;
    const std::int64_t first = m_batch.firstBlock(segment);
    const std::int64_t count = blocksOf(m_batch.segments()[static_cast<std::size_t>(segment)].length);
    for (std::int64_t b = 0; b < count; ++b) {
        const SegmentBlocks::Block& rows = m_batch.blocks()[static_cast<std::size_t>(first + b)];
        float* memory = m_scratch + rowScratch(layout) + (firstBlock + b) * gradientBlockFloats(layout);
        float* keysByChannel = memory;
        float* valuesByChannel = keysByChannel + 16 * headDim;
        float* dkeys = valuesByChannel + 16 * headDim;
        float* dvalues = dkeys + 16 * headDim;
        float* keysByToken = dvalues + 16 * headDim;
        if (rows.tokens < 16)
            std::fill_n(keysByChannel, 2 * 16 * headDim, 0.0f);
        std::fill_n(dkeys, 2 * 16 * headDim, 0.0f);
        const float* key = headOf(m_tensors.k, rows.row, m_kvHead, headDim);
        const float* value = headOf(m_tensors.v, rows.row, m_kvHead, headDim);
        m_kernels.transpose(keysByChannel, 16, key, m_tensors.k.stride, rows.tokens, headDim);
        m_kernels.transpose(valuesByChannel, 16, value, m_tensors.v.stride, rows.tokens, headDim);
        for (std::int32_t t = 0; t < rows.tokens; ++t)
            std::copy_n(key + t * m_tensors.k.stride, headDim, keysByToken + t * layout.valueStride);
        m_blocks[static_cast<std::size_t>(firstBlock + b)]
            = {keysByChannel, keysByToken, valuesByChannel, dkeys, dvalues, rows.tokens};
    }
}

void GroupGradient::addRows(std::int64_t segment, std::int64_t firstBlock)
{
    const std::int64_t first = m_batch.firstBlock(segment);
    const std::int64_t count = blocksOf(m_batch.segments()[static_cast<std::size_t>(segment)].length);
    for (std::int64_t b = 0; b < count; ++b)
        addBlock(m_batch.blocks()[static_cast<std::size_t>(first + b)], firstBlock + b + 1);
}

// All query rows of a block and all heads that read this key/value head, over the first blockCount blocks, without
// those before the window.
void GroupGradient::addBlock(const SegmentBlocks::Block& rows, std::int64_t blockCount)
{
    const std::int64_t group = m_tensors.shape.heads / m_tensors.shape.kvHeads;
    const std::int64_t headDim = m_tensors.layout.headDim;
    for (auto* list : {&m_q, &m_out, &m_dout, &m_lse})
        list->clear();
    m_dq.clear();
    m_lastTokens.clear();
    m_firstPlaces.clear();
    const WindowView window = m_batch.windowOf(rows, m_tensors.shape.window);
    for (std::int32_t i = 0; i < rows.tokens; ++i) {
        for (std::int64_t head = m_kvHead * group; head < (m_kvHead + 1) * group; ++head) {
            m_q.push_back(headOf(m_tensors.q, rows.row + i, head, headDim));
            m_out.push_back(headOf(m_tensors.out, rows.row + i, head, headDim));
            m_dout.push_back(headOf(m_tensors.dout, rows.row + i, head, headDim));
            m_dq.push_back(headOf(m_tensors.dq, rows.row + i, head, headDim));
            m_lse.push_back(headOf(m_tensors.lse, rows.row + i, head, 1));
            m_lastTokens.push_back(i + 1);
            m_firstPlaces.push_back(window.firstPlace(16 * rows.index + i));
        }
    }
    m_kernels.gradient({.queries = static_cast<std::int64_t>(m_q.size()),
        .q = m_q.data(),
        .out = m_out.data(),
        .dout = m_dout.data(),
        .dq = m_dq.data(),
        .lse = m_lse.data(),
        .blocks = m_blocks.data() + window.firstBlock(),
        .blockCount = blockCount - window.firstBlock(),
        .lastTokens = m_lastTokens.data(),
        .window = window.rows(m_firstPlaces),
        .layout = m_tensors.layout,
        .scale = m_tensors.shape.scale,
        .scratch = m_scratch});
}

void GroupGradient::unpack(std::int64_t segment, std::int64_t firstBlock) const
{
    const std::int64_t headDim = m_tensors.layout.headDim;
    const Segment& rows = m_batch.segments()[static_cast<std::size_t>(segment)];
    for (std::int64_t i = 0; i < rows.length; i += 16) {
        const GradientBlock& block = m_blocks[static_cast<std::size_t>(firstBlock + i / 16)];
        m_kernels.transpose(headOf(m_tensors.dk, rows.begin + i, m_kvHead, headDim), m_tensors.dk.stride, block.dkeys,
            16, headDim, block.tokens);
        m_kernels.transpose(headOf(m_tensors.dv, rows.begin + i, m_kvHead, headDim), m_tensors.dv.stride, block.dvalues,
            16, headDim, block.tokens);
    }
}

} // namespace

// A group and one key/value head are one piece of work: all that is added to its keys and values is added in row order
// by one thread.
void CpuBackend::doAttentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
    Tensor k, Tensor v, const Segments& segments, AttentionShape shape)
{
    const SegmentBlocks batch(segments);
    const std::vector<Group> groups = groupSegments(batch);
    const Gradients tensors{dq, dk, dv, dout, out, lse, q, k, v, shape, headLayout(shape.headDim)};
    std::int64_t mostBlocks = 0;
    for (const Group& group : groups)
        mostBlocks = std::max(mostBlocks, group.prefixBlocks + group.longestBlocks);
    reserveScratch(rowScratch(tensors.layout) + mostBlocks * gradientBlockFloats(tensors.layout));
    const AttentionKernels& kernels = attentionKernelsOf(m_set);
    const auto pieces = static_cast<std::int64_t>(groups.size()) * shape.kvHeads;
    m_pool.forRanges(pieces, 1, [&](std::int64_t piece, std::int64_t, int thread) {
        GroupGradient(tensors, batch, kernels, piece % shape.kvHeads, scratch(thread))
            .run(groups[static_cast<std::size_t>(piece / shape.kvHeads)]);
    });
}

} // namespace ahascope::kernels
