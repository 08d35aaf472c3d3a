#include "kernels/cpu/kv_cache.h"

#include <algorithm>
#include <utility>

#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

HeadLayout headLayout(std::int64_t headDim)
{
    const std::int64_t valueStride = (headDim + 15) / 16 * 16;
    return {headDim, valueStride, KvShape::pageTokens * (headDim + valueStride)};
}

std::size_t kvCacheBytes(const KvShape& shape)
{
    expect(shape.layers > 0 && shape.kvHeads > 0 && shape.headDim > 0 && shape.pages >= 0, "shape of a cache");
    std::int64_t bytes = headLayout(shape.headDim).blockFloats * static_cast<std::int64_t>(sizeof(float));
    for (const std::int64_t factor : {shape.kvHeads, shape.pages, shape.layers}) {
        if (__builtin_mul_overflow(bytes, factor, &bytes))
            throw OutOfMemory(
                "A cache of keys and values this large cannot be addressed; use fewer slots or a shorter context.");
    }
    return static_cast<std::size_t>(bytes);
}

void storeToken(float* block, const HeadLayout& layout, std::int64_t token, const float* key, const float* value)
{
    for (std::int64_t d = 0; d < layout.headDim; ++d)
        block[d * KvShape::pageTokens + token] = key[d];
    std::copy_n(value, layout.headDim, block + layout.headDim * KvShape::pageTokens + token * layout.valueStride);
}

CpuKvCache::CpuKvCache(KvShape shape, Buffer memory)
    : KvCache(shape)
    , m_layout(headLayout(shape.headDim))
    , m_memory(std::move(memory))
{
}

std::unique_ptr<KvCache> CpuBackend::doMakeKvCache(KvShape shape)
{
    return std::make_unique<CpuKvCache>(shape, allocate(kvCacheBytes(shape)));
}

void CpuBackend::doStoreKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations)
{
    const auto& pages = static_cast<const CpuKvCache&>(cache);
    const KvShape& shape = cache.shape();
    const std::int32_t* places = destinations.i32();
    const std::int64_t capacity = shape.pages * KvShape::pageTokens;
    expect(std::all_of(
               places, places + k.rows, [capacity](std::int32_t place) { return place >= -1 && place < capacity; }),
        "a destination outside the cache");
    m_pool.forRanges(k.rows, 32, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = begin; t < end; ++t) {
            if (places[t] < 0)
                continue;
            for (std::int64_t head = 0; head < shape.kvHeads; ++head) {
                float* block = pages.block(layer, places[t] / KvShape::pageTokens, head);
                storeToken(block, pages.layout(), places[t] % KvShape::pageTokens,
                    k.f32() + t * k.stride + head * shape.headDim, v.f32() + t * v.stride + head * shape.headDim);
            }
        }
    });
}

} // namespace ahascope::kernels
