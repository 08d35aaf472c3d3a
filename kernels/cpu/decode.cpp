#include <algorithm>
#include <atomic>
#include <vector>

#include "kernels/cpu/attention_segments.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"
#include "kernels/cpu/kv_cache.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

namespace {

constexpr std::int64_t pageTokens = KvShape::pageTokens;

// What decoding reads of one slot.
struct Slot {
    std::int32_t token = 0;
    std::int32_t prefixLength = 0;
    std::int32_t length = 0;
    const std::int32_t* prefixTable = nullptr;
    const std::int32_t* ownTable = nullptr;
    bool feeds = false; // runs, and has a token to feed
};

Slot slotOfRow(const DecodeState& state, std::int64_t row)
{
    const std::int32_t slot = state.rows.i32()[row];
    const std::int32_t token = state.token.i32()[slot];
    return {token, state.prefixLength.i32()[slot], state.length.i32()[slot],
        state.prefixTable.i32() + slot * state.prefixTable.stride, state.ownTable.i32() + slot * state.ownTable.stride,
        state.remaining.i32()[slot] > 0 && token >= 0};
}

void expectRows(const DecodeState& state, std::int64_t rows)
{
    expectIdsBelow(state.rows.columnRange(0, rows), state.shape.slots, "a row of decoding without a slot");
}

bool fits(const Slot& slot, const DecodeShape& shape)
{
    return slot.prefixLength >= 0 && slot.length >= 0 && slot.prefixLength <= shape.prefixPages * pageTokens
        && slot.length < shape.ownPages * pageTokens;
}

// Adds the pages of `tokens` tokens from one on; false when one is outside the cache.
bool addPages(std::vector<KvBlock>& list, const CpuKvCache& cache, std::int64_t layer, std::int64_t kvHead,
    const std::int32_t* table, std::int64_t firstPage, std::int32_t tokens)
{
    for (auto first = static_cast<std::int32_t>(16 * firstPage); first < tokens; first += 16) {
        const std::int32_t page = table[first / 16];
        if (page < 0 || page >= cache.shape().pages)
            return false;
        list.push_back({cache.block(layer, page, kvHead), std::min(16, tokens - first)});
    }
    return true;
}

// Room of one thread for a row's pages.
struct PageList {
    std::vector<KvBlock> blocks;
    std::vector<const float*> q;
    std::vector<float*> out;
    std::vector<std::int32_t> lastTokens;
    std::vector<std::int32_t> firstPlaces;
};

} // namespace

void CpuBackend::doBeginDecodeStep(DecodeState& state, std::int64_t rows)
{
    expectRows(state, rows);
    for (std::int64_t row = 0; row < rows; ++row) {
        const Slot slot = slotOfRow(state, row);
        state.ids.i32()[row] = 0;
        state.positions.i32()[row] = 0;
        state.destinations.i32()[row] = -1;
        if (!slot.feeds)
            continue;
        expect(fits(slot, state.shape), "beginDecodeStep: a sequence longer than its page tables");
        const std::int32_t page = slot.ownTable[slot.length / pageTokens];
        expect(page >= 0, "beginDecodeStep: a token without a page");
        state.ids.i32()[row] = slot.token;
        state.positions.i32()[row] = slot.prefixLength + slot.length;
        state.destinations.i32()[row] = page * static_cast<std::int32_t>(pageTokens) + slot.length % 16;
    }
}

void CpuBackend::doDecodeAttention(
    Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state, AttentionShape shape)
{
    expectRows(state, q.rows);
    const auto& pages = static_cast<const CpuKvCache&>(cache);
    const std::int64_t group = shape.heads / shape.kvHeads;
    reserveScratch(attendScratch + attendScratchPerValue * pages.layout().valueStride);
    std::vector<PageList> lists(static_cast<std::size_t>(m_pool.threads()));
    for (PageList& list : lists) {
        list.blocks.reserve(static_cast<std::size_t>(state.shape.prefixPages + state.shape.ownPages));
        list.q.resize(static_cast<std::size_t>(group));
        list.out.resize(static_cast<std::size_t>(group));
        list.lastTokens.resize(static_cast<std::size_t>(group));
        list.firstPlaces.resize(static_cast<std::size_t>(group));
    }
    const AttentionKernels& kernels = attentionKernelsOf(m_set);
    std::atomic<bool> inside{true};
    const auto attend = [&](std::int64_t row, std::int64_t kvHead, int thread) {
        PageList& list = lists[static_cast<std::size_t>(thread)];
        const Slot slot = slotOfRow(state, row);
        if (!slot.feeds) {
            std::fill_n(headOf(out, row, kvHead * group, shape.headDim), group * shape.headDim, 0.0f);
            return;
        }
        list.blocks.clear();
        const WindowView window(shape.window, slot.prefixLength, slot.length, 1);
        const std::int64_t firstOwn = std::max<std::int64_t>(0, window.firstBlock() - blocksOf(slot.prefixLength));
        if (!fits(slot, state.shape)
            || !addPages(list.blocks, pages, layer, kvHead, slot.prefixTable, window.firstBlock(), slot.prefixLength)
            || !addPages(list.blocks, pages, layer, kvHead, slot.ownTable, firstOwn, slot.length + 1)) {
            inside.store(false, std::memory_order_relaxed);
            return;
        }
        for (std::int64_t i = 0; i < group; ++i) {
            list.q[static_cast<std::size_t>(i)] = headOf(q, row, kvHead * group + i, shape.headDim);
            list.out[static_cast<std::size_t>(i)] = headOf(out, row, kvHead * group + i, shape.headDim);
            list.lastTokens[static_cast<std::size_t>(i)] = list.blocks.back().tokens;
            list.firstPlaces[static_cast<std::size_t>(i)] = window.firstPlace(slot.length);
        }
        kernels.attend({.queries = group,
            .q = list.q.data(),
            .out = list.out.data(),
            .blocks = list.blocks.data(),
            .blockCount = static_cast<std::int64_t>(list.blocks.size()),
            .lastTokens = list.lastTokens.data(),
            .window = window.rows(list.firstPlaces),
            .layout = pages.layout(),
            .scale = shape.scale,
            .scratch = scratch(thread)});
    };
    m_pool.forRanges(q.rows * shape.kvHeads, 4, [&](std::int64_t begin, std::int64_t end, int thread) {
        for (std::int64_t i = begin; i < end; ++i)
            attend(i / shape.kvHeads, i % shape.kvHeads, thread);
    });
    expect(inside.load(), "decodeAttention: a page outside the cache");
}

} // namespace ahascope::kernels
