// The CPU's cache of keys and values.
#pragma once

#include "kernels/cpu/attention_kernels.h"
#include "kernels/decode_state.h"

namespace ahascope::kernels {

HeadLayout headLayout(std::int64_t headDim);

// What a cache of this shape takes. Throws OutOfMemory when the number cannot be written down.
std::size_t kvCacheBytes(const KvShape& shape);

// Puts a token's key and value [headDim each] into place `token` of a block.
void storeToken(float* block, const HeadLayout& layout, std::int64_t token, const float* key, const float* value);

// Pages of one layer lie together, the key/value heads of a page next to each other, one KvBlock each.
class CpuKvCache final : public KvCache {
public:
    CpuKvCache(KvShape shape, Buffer memory);

    const HeadLayout& layout() const { return m_layout; }
    float* block(std::int64_t layer, std::int64_t page, std::int64_t kvHead) const
    {
        const std::int64_t index = (layer * shape().pages + page) * shape().kvHeads + kvHead;
        return reinterpret_cast<float*>(m_memory.get()) + index * m_layout.blockFloats;
    }

private:
    HeadLayout m_layout;
    Buffer m_memory;
};

} // namespace ahascope::kernels
