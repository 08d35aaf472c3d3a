// The GPU's cache of keys and values: pages of one layer lie together, the key/value heads of a page next to each
// other, each 16 keys, then 16 values.
#pragma once

#include "kernels/cuda/numbers.cuh"
#include "kernels/decode_state.h"

namespace ahascope::kernels::cuda {

constexpr std::int64_t pageTokens = KvShape::pageTokens;

template <class T>
struct CachePages {
    T* data; // of one layer
    std::int64_t pages;
    std::int64_t kvHeads;
    std::int64_t headDim;

    __device__ T* key(std::int64_t page, std::int64_t token, std::int64_t head) const
    {
        return data + ((page * kvHeads + head) * 2 * pageTokens + token) * headDim;
    }
    __device__ T* value(std::int64_t page, std::int64_t token, std::int64_t head) const
    {
        return key(page, token + pageTokens, head);
    }
};

class CudaKvCache final : public KvCache {
public:
    CudaKvCache(KvShape shape, Buffer memory) : KvCache(shape), m_memory(std::move(memory)) { }

    template <class T>
    CachePages<T> pages(std::int64_t layer) const
    {
        const std::int64_t values = shape().pages * shape().kvHeads * 2 * pageTokens * shape().headDim;
        return {reinterpret_cast<T*>(m_memory.get()) + layer * values, shape().pages, shape().kvHeads, shape().headDim};
    }

private:
    Buffer m_memory;
};

// A decode state as kernels see it.
struct SlotTables {
    std::int32_t* token;
    std::int32_t* prefixLength;
    std::int32_t* length;
    std::int32_t* remaining;
    const std::int32_t* prefixTable;
    const std::int32_t* ownTable;
    const std::int32_t* rows;
    std::int64_t prefixPages;
    std::int64_t ownPages;

    explicit SlotTables(const DecodeState& state)
        : token(state.token.i32())
        , prefixLength(state.prefixLength.i32())
        , length(state.length.i32())
        , remaining(state.remaining.i32())
        , prefixTable(state.prefixTable.i32())
        , ownTable(state.ownTable.i32())
        , rows(state.rows.i32())
        , prefixPages(state.shape.prefixPages)
        , ownPages(state.shape.ownPages)
    {
    }

    // Runs, has a token to feed and room for it.
    __device__ bool feeds(std::int32_t slot) const
    {
        return remaining[slot] > 0 && token[slot] >= 0 && length[slot] < ownPages * pageTokens;
    }
    // The page of a position: of the prompt, then of the completion, which begins a page.
    __device__ std::int32_t page(std::int32_t slot, std::int64_t position, std::int64_t& offset) const
    {
        const std::int64_t prefix = prefixLength[slot];
        const std::int64_t within = position < prefix ? position : position - prefix;
        offset = within % pageTokens;
        return position < prefix ? prefixTable[slot * prefixPages + within / pageTokens]
                                 : ownTable[slot * ownPages + within / pageTokens];
    }
};

} // namespace ahascope::kernels::cuda
