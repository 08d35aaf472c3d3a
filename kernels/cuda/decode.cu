// Decoding: one query per running slot over the pages of its cache.
#include "kernels/cuda/attend.cuh"
#include "kernels/cuda/attention_forms.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/sizes.h"

namespace ahascope::kernels {

namespace cuda {

constexpr int headsOfBlock = 4; // one warp each

__global__ void beginDecodeStepKernel(
    SlotTables slots, std::int32_t* ids, std::int32_t* positions, std::int32_t* destinations, std::int64_t rows)
{
    const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const std::int32_t slot = slots.rows[row];
    const bool feeds = slots.feeds(slot);
    const std::int64_t position = feeds ? slots.prefixLength[slot] + slots.length[slot] : 0;
    ids[row] = feeds ? slots.token[slot] : 0;
    positions[row] = static_cast<std::int32_t>(position);
    std::int64_t token = 0;
    const std::int32_t page = feeds ? slots.page(slot, position, token) : -1;
    destinations[row] = page < 0 ? -1 : static_cast<std::int32_t>(page * pageTokens + token);
}

template <class T>
struct StoreKv {
    CachePages<T> pages;
    View<T> k;
    View<T> v;
    const std::int32_t* destinations;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        const std::int32_t place = destinations[row];
        if (place < 0 || place >= pages.pages * pageTokens)
            return;
        const std::int64_t head = column / pages.headDim;
        const std::int64_t at = column % pages.headDim;
        float values[width];
        load(values, k.row(row) + column);
        store(pages.key(place / pageTokens, place % pageTokens, head) + at, values);
        load(values, v.row(row) + column);
        store(pages.value(place / pageTokens, place % pageTokens, head) + at, values);
    }
};

template <class T>
struct PagedTokens {
    CachePages<T> pages;
    const SlotTables& slots;
    std::int32_t slot;
    std::int64_t head;

    __device__ const T* key(std::int64_t position) const
    {
        std::int64_t token = 0;
        const std::int32_t page = slots.page(slot, position, token);
        return pages.key(page, token, head);
    }
    __device__ const T* value(std::int64_t position) const
    {
        std::int64_t token = 0;
        const std::int32_t page = slots.page(slot, position, token);
        return pages.value(page, token, head);
    }
};

// What decoding a layer needs to know of it.
struct DecodeShapeOfHeads {
    std::int64_t heads;
    std::int64_t group;
    std::int64_t headDim;
    std::int64_t window;
    float scale;
};

template <class T>
__global__ void decodeAttentionKernel(
    View<T> out, View<T> q, CachePages<T> pages, SlotTables slots, std::int64_t rows, DecodeShapeOfHeads shape)
{
    __shared__ float queries[headsOfBlock][mostHeadDim];
    const std::int64_t index = std::int64_t(blockIdx.x) * headsOfBlock + threadIdx.x / warp;
    const std::int64_t row = index / shape.heads;
    const std::int64_t head = index % shape.heads;
    if (row >= rows)
        return;
    const std::int32_t slot = slots.rows[row];
    T* const to = out.row(row) + head * shape.headDim;
    if (!slots.feeds(slot)) {
        const float nothing[valuesOfLane] = {};
        writeValues(to, nothing, 1.0f, shape.headDim);
        return;
    }
    float* const query = queries[threadIdx.x / warp];
    stage(query, q.row(row) + head * shape.headDim, shape.headDim);
    const PagedTokens<T> tokens{pages, slots, slot, head / shape.group};
    const std::int64_t position = slots.prefixLength[slot] + slots.length[slot];
    const RunningSoftmax state
        = attend(query, tokens, firstSeen(position, shape.window), position + 1, shape.headDim, shape.scale);
    writeValues(to, state.values, 1.0f / state.total, shape.headDim);
}

} // namespace cuda

using namespace cuda;

std::unique_ptr<KvCache> CudaBackend::doMakeKvCache(KvShape shape)
{
    return std::make_unique<CudaKvCache>(shape, allocate(cacheBytes(shape)));
}

void CudaBackend::doStoreKv(KvCache& cache, std::int64_t layer, Tensor k, Tensor v, Tensor destinations)
{
    expect(k.dtype == cache.shape().type && v.dtype == k.dtype, "storeKv: rows of the cache's type");
    withType(k.dtype, [&](auto t) {
        using T = decltype(t);
        const int width = cache.shape().headDim % 4 == 0 ? widthOf(k, v) : 1;
        forElements(m_stream, "storeKv", k.rows, k.columns, width,
            StoreKv<T>{
                static_cast<CudaKvCache&>(cache).pages<T>(layer), viewOf<T>(k), viewOf<T>(v), destinations.i32()});
    });
}

void CudaBackend::doBeginDecodeStep(DecodeState& state, std::int64_t rows)
{
    constexpr int threads = 128;
    launch(m_stream, "beginDecodeStep", Grid{ceilDivide(rows, threads), threads}, beginDecodeStepKernel,
        SlotTables(state), state.ids.i32(), state.positions.i32(), state.destinations.i32(), rows);
}

void CudaBackend::doDecodeAttention(
    Tensor out, Tensor q, const KvCache& cache, std::int64_t layer, const DecodeState& state, AttentionShape shape)
{
    expect(shape.headDim <= mostHeadDim, "attention on the GPU takes heads of up to 256 channels");
    expect(q.dtype == cache.shape().type && out.dtype == q.dtype, "decodeAttention: rows of the cache's type");
    if (tilesTake(shape, {out, q})) {
        const std::size_t bytes = decodeTilesBytes(q.rows, state.shape, shape);
        decodeTiles(m_stream, bytes == 0 ? nullptr : scratch(Scratch::Attention, bytes), out, q,
            static_cast<const CudaKvCache&>(cache), layer, state, shape);
        return;
    }
    const DecodeShapeOfHeads heads{shape.heads, shape.heads / shape.kvHeads, shape.headDim, shape.window, shape.scale};
    withType(q.dtype, [&](auto t) {
        using T = decltype(t);
        launch(m_stream, "decodeAttention", Grid{ceilDivide(q.rows * shape.heads, headsOfBlock), headsOfBlock * warp},
            decodeAttentionKernel<T>, viewOf<T>(out), viewOf<T>(q),
            static_cast<const CudaKvCache&>(cache).pages<T>(layer), SlotTables(state), q.rows, heads);
    });
}

} // namespace ahascope::kernels
