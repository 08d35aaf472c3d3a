// Decoding on the tensor cores: the queries of a row that read one key/value head are the rows of one tile, so that a
// page is read once for all of them; a long context is split over blocks whose parts are joined in order (Dao, Haziza,
// Massa & Sizov 2023, "Flash-Decoding"). Splits are of a fixed size and a row's sums are made without its neighbours:
// they do not depend on the batch.
#include <algorithm>
#include <limits>

#include "kernels/cuda/attention_forms.h"
#include "kernels/cuda/decode_tiles.cuh"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels::cuda {

namespace {

// Up to 16 queries of one row and key/value head, as a left factor: rows beyond `count` are zeros.
template <int headDim>
__device__ void loadQueries(std::uint32_t (&to)[headDim / 16][4], const Half* q, int count)
{
    const int lane = threadIdx.x % warp;
#pragma unroll
    for (int k = 0; k < headDim / 16; ++k) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int row = lane / 4 + i % 2 * 8;
            const int column = 16 * k + lane % 4 * 2 + i / 2 * 8;
            to[k][i] = row < count ? *reinterpret_cast<const std::uint32_t*>(q + row * headDim + column) : 0u;
        }
    }
}

// By one warp; tokens beyond the context are zeros.
template <int headDim>
__device__ void copyPage(Half* to, const Half* page, int tokens)
{
    constexpr int packs = headDim / 8;
#pragma unroll
    for (int i = 0; i < packs; ++i) {
        const int index = threadIdx.x % warp + i * warp;
        const int row = index / packs;
        const int column = index % packs * 8;
        copyAsync(
            to + row * tileStride<headDim> + column, page + row * headDim + column, row % int(pageTokens) < tokens);
    }
}

__device__ inline void maskPage(float (&scores)[2][4], int begin, int firstToken, int end)
{
#pragma unroll
    for (int j = 0; j < 2; ++j) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int token = begin + 8 * j + static_cast<int>(threadIdx.x) % 4 * 2 + i % 2;
            if (token < firstToken || token >= end)
                scores[j][i] = -INFINITY;
        }
    }
}

// What a block works on: up to 16 queries of one row that read one key/value head.
struct DecodePlace {
    int row;
    int kvHead;
    int head; // of the first query
    int count;

    __device__ DecodePlace(const DecodeBatch& batch, int index)
    {
        const int chunks = (batch.group + warpRows - 1) / warpRows;
        const int firstOfGroup = index % chunks * warpRows;
        row = index / chunks / batch.kvHeads;
        kvHead = index / chunks % batch.kvHeads;
        head = kvHead * batch.group + firstOfGroup;
        count = min(warpRows, batch.group - firstOfGroup);
    }
};

// Every fourth page of a split by one warp, which has `stages` to itself.
template <int headDim>
__device__ void attendPages(PageSoftmax<headDim>& softmax, const std::uint32_t (&queries)[headDim / 16][4],
    Half* stages, const CachePages<Half>& pages, const SeenPages& seen, int kvHead, int split, float log2Scale)
{
    constexpr int stage = pageRows * tileStride<headDim>;
    const int numberOfLane = seen.number(split * splitPages + static_cast<int>(threadIdx.x) % warp);
    const int end = min(split * splitPages + splitPages, seen.last + 1);
    const auto begin = [&](int page, int i) {
        const int number = __shfl_sync(allLanes, numberOfLane, page % splitPages);
        if (page < end)
            copyPage<headDim>(stages + i % 2 * stage, pages.key(number, 0, kvHead), seen.end(page) - seen.begin(page));
        commitCopies();
    };
    int page = max(split * splitPages, seen.first) + static_cast<int>(threadIdx.x) / warp;
    begin(page, 0);
    for (int i = 0; page < end; ++i, page += warps) {
        begin(page + warps, i + 1);
        waitCopies<1>();
        __syncwarp();
        const Half* const keys = stages + i % 2 * stage;
        float scores[2][4];
        productOfRows<headDim>(scores, queries, keys);
        maskPage(scores, seen.begin(page), seen.firstToken, seen.end(page));
        softmax.add(scores, keys + int(pageTokens) * tileStride<headDim>, log2Scale);
        __syncwarp(); // nobody reads the stage that is filled next
    }
}

template <int headDim>
constexpr std::size_t decodeBytes = warps * 2 * pageRows* tileStride<headDim> * sizeof(Half);

} // namespace

// blockIdx.x: row, key/value head and 16 of its queries; blockIdx.y: which of the splits that the row sees.
template <int headDim>
__global__ void __launch_bounds__(tileThreads, headDim == 128 ? 2 : 3)
    decodeTilesKernel(View<Half> out, View<Half> q, CachePages<Half> pages, DecodeBatch batch, DecodeParts parts)
{
    __shared__ float largest[warps][warpRows];
    __shared__ float total[warps][warpRows];
    const DecodePlace place(batch, static_cast<int>(blockIdx.x));
    const int split = static_cast<int>(blockIdx.y);
    const int slot = batch.slots.rows[place.row];
    Half* const to = out.row(place.row) + place.head * headDim;
    if (!batch.slots.feeds(slot)) {
        for (int i = static_cast<int>(threadIdx.x); i < place.count * headDim && split == 0; i += tileThreads)
            narrow(to[i], 0.0f);
        return;
    }
    const SeenPages seen(batch, slot);
    if (split >= seen.splits())
        return;

    std::uint32_t queries[headDim / 16][4];
    loadQueries<headDim>(queries, q.row(place.row) + place.head * headDim, place.count);
    PageSoftmax<headDim> softmax;
    const int own = static_cast<int>(threadIdx.x) / warp;
    attendPages<headDim>(softmax, queries, dynamicShared<Half>() + own * 2 * pageRows * tileStride<headDim>, pages,
        seen, place.kvHead, seen.first / splitPages + split, batch.log2Scale);

    __syncthreads(); // the stages are free
    const WarpParts<headDim> found{dynamicShared<float[warpRows][headDim]>(), largest, total};
    found.put(softmax);
    __syncthreads();
    for (int i = own; i < place.count; i += warps) {
        if (seen.splits() == 1)
            found.write(to + i * headDim, i, batch.log2Scale);
        else
            found.write(parts, parts.at(place.row, place.head + i, batch.heads(), split, static_cast<int>(gridDim.y)),
                i, batch.log2Scale);
    }
}

// One warp for each row and head that more than one split was made for.
__global__ void __launch_bounds__(tileThreads)
    joinSplitsKernel(View<Half> out, DecodeBatch batch, DecodeParts parts, int rows, int splits, int headDim)
{
    const int index = static_cast<int>(blockIdx.x) * warps + static_cast<int>(threadIdx.x) / warp;
    const int row = index / batch.heads();
    const int head = index % batch.heads();
    if (row >= rows)
        return;
    const int slot = batch.slots.rows[row];
    const int made = batch.slots.feeds(slot) ? SeenPages(batch, slot).splits() : 0;
    if (made < 2)
        return;
    const std::int64_t first = parts.at(row, head, batch.heads(), 0, splits);
    float most = -INFINITY;
    for (int i = 0; i < made; ++i)
        most = fmaxf(most, parts.sums[first + i].x);
    float total = 0.0f;
    for (int i = 0; i < made; ++i)
        total += parts.sums[first + i].y * powerOfTwo((parts.sums[first + i].x - most) * batch.log2Scale);
    for (int column = static_cast<int>(threadIdx.x) % warp; column < headDim; column += warp) {
        float value = 0.0f;
        for (int i = 0; i < made; ++i)
            value += parts.values[(first + i) * headDim + column]
                * powerOfTwo((parts.sums[first + i].x - most) * batch.log2Scale);
        narrow(out.row(row)[head * headDim + column], value / total);
    }
}

// Splits that a row may see. They depend on the capacity of the page tables alone, as lengths are the device's.
static std::int64_t splitsOf(const DecodeShape& state, const AttentionShape& shape)
{
    std::int64_t pages = state.prefixPages + state.ownPages;
    std::int64_t splits = (pages + splitPages - 1) / splitPages;
    if (shape.window > 0) {
        pages = std::min(pages, shape.window / pageTokens + 3); // with the borders of window, prompt and query
        splits = std::min(splits, (pages + splitPages - 2) / splitPages + 1);
    }
    return splits;
}

std::size_t decodeTilesBytes(std::int64_t rows, const DecodeShape& state, const AttentionShape& shape)
{
    const std::int64_t splits = splitsOf(state, shape);
    return splits < 2 ? 0
                      : static_cast<std::size_t>(rows * shape.heads * splits)
            * (static_cast<std::size_t>(shape.headDim) * sizeof(float) + sizeof(float2));
}

void decodeTiles(cudaStream_t stream, std::byte* room, Tensor out, Tensor q, const CudaKvCache& cache,
    std::int64_t layer, const DecodeState& state, const AttentionShape& shape)
{
    const int group = static_cast<int>(shape.heads / shape.kvHeads);
    const DecodeBatch batch{SlotTables(state), static_cast<int>(shape.kvHeads), group,
        static_cast<int>(std::min<std::int64_t>(shape.window, std::numeric_limits<int>::max())), shape.scale * log2e};
    const std::int64_t splits = splitsOf(state.shape, shape);
    auto* const values = reinterpret_cast<float*>(room);
    const DecodeParts parts{values,
        room == nullptr ? nullptr : reinterpret_cast<float2*>(values + q.rows * shape.heads * splits * shape.headDim)};
    const std::int64_t blocks = q.rows * shape.kvHeads * ceilDivide(group, warpRows);
    withHeadDim(shape.headDim, [&](auto headDim) {
        constexpr int columns = decltype(headDim)::value;
        const Grid grid{
            {static_cast<unsigned>(blocks), static_cast<unsigned>(splits)}, tileThreads, decodeBytes<columns>};
        launch(stream, "decodeAttention", grid, decodeTilesKernel<columns>, viewOf<Half>(out), viewOf<Half>(q),
            cache.pages<Half>(layer), batch, parts);
    });
    if (splits > 1)
        launch(stream, "decodeAttention", Grid{ceilDivide(q.rows * shape.heads, warps), tileThreads}, joinSplitsKernel,
            viewOf<Half>(out), batch, parts, static_cast<int>(q.rows), static_cast<int>(splits),
            static_cast<int>(shape.headDim));
}

} // namespace ahascope::kernels::cuda
