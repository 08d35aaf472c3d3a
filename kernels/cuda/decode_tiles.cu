// Decoding on the tensor cores: the queries of a row that read one key/value head are the rows of one tile, so that a
// page is read once for all of them; a long context is split over blocks whose parts are joined in order (Dao, Haziza,
// Massa & Sizov 2023, "Flash-Decoding"). Splits are of a fixed size and a row's sums are made without its neighbours:
// they do not depend on the batch.
#include <algorithm>
#include <limits>

#include "kernels/cuda/attention_forms.h"
#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/online_softmax.cuh"

namespace ahascope::kernels::cuda {

namespace {

constexpr int splitPages = warp; // 512 tokens; each lane of a warp knows one page's number
constexpr int warps = tileThreads / warp;
constexpr int pageRows = 2 * pageTokens; // keys, then values

struct DecodeBatch {
    SlotTables slots;
    int kvHeads;
    int group;
    int window;
    float log2Scale;

    __device__ int heads() const { return kvHeads * group; }
};

// Of a context split over blocks, [rows, heads, splits]; sums of 2^(log2Scale (score - largest)), unscaled scores.
struct DecodeParts {
    float* values; // with headDim values each
    float2* sums;  // largest score, total

    __device__ std::int64_t at(int row, int head, int heads, int split, int splits) const
    {
        return (std::int64_t(row) * heads + head) * splits + split;
    }
};

// The pages that a slot's query sees, counted from the prompt's first, its own after the prompt's last.
struct SeenPages {
    int prefix;   // tokens
    int position; // of the query
    int firstToken;
    int first;
    int last;

    __device__ SeenPages(const DecodeBatch& batch, int slot)
        : prefix(batch.slots.prefixLength[slot])
        , position(prefix + batch.slots.length[slot])
        , firstToken(batch.window > 0 ? max(0, position - batch.window + 1) : 0)
        , first(pageOf(firstToken))
        , last(pageOf(position))
    {
    }
    __device__ int prefixPages() const { return (prefix + pageTokens - 1) / pageTokens; }
    __device__ int pageOf(int token) const
    {
        return token < prefix ? token / pageTokens : prefixPages() + (token - prefix) / pageTokens;
    }
    __device__ int splits() const { return last / splitPages - first / splitPages + 1; }
    // The number in the cache.
    __device__ int number(const SlotTables& slots, int slot, int page) const
    {
        const int own = page - prefixPages();
        return own < 0 ? slots.prefixTable[slot * slots.prefixPages + page]
                       : slots.ownTable[slot * slots.ownPages + own];
    }
    // Position of a page's first token, and where its tokens end.
    __device__ int begin(int page) const
    {
        const int own = page - prefixPages();
        return own < 0 ? page * pageTokens : prefix + own * pageTokens;
    }
    __device__ int end(int page) const
    {
        return min(begin(page) + int(pageTokens), page < prefixPages() ? prefix : position + 1);
    }
};

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

template <int headDim>
using PageSoftmax = OnlineSoftmax<headDim, int(pageTokens)>;

// Every fourth page of [first, end) by one warp, which has `stages` to itself.
template <int headDim>
__device__ void attendPages(PageSoftmax<headDim>& softmax, const std::uint32_t (&queries)[headDim / 16][4],
    Half* stages, const CachePages<Half>& pages, const SeenPages& seen, const DecodeBatch& batch, int slot, int kvHead,
    int split)
{
    constexpr int stage = pageRows * tileStride<headDim>;
    const int lane = static_cast<int>(threadIdx.x) % warp;
    const int mine = split * splitPages + lane;
    const int number = mine >= seen.first && mine <= seen.last ? seen.number(batch.slots, slot, mine) : 0;
    const int end = min(split * splitPages + splitPages, seen.last + 1);
    const auto begin = [&](int page, int i) {
        const int at = __shfl_sync(allLanes, number, page % splitPages);
        if (page < end)
            copyPage<headDim>(stages + i % 2 * stage, pages.key(at, 0, kvHead), seen.end(page) - seen.begin(page));
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
        softmax.add(scores, keys + int(pageTokens) * tileStride<headDim>, batch.log2Scale);
        __syncwarp(); // nobody reads the stage that is filled next
    }
}

// What the warps of a block found, to be joined.
template <int headDim>
struct WarpParts {
    float (*values)[warpRows][headDim]; // [warps]
    float (*largest)[warpRows];
    float (*total)[warpRows];

    __device__ void put(const PageSoftmax<headDim>& softmax) const
    {
        const int own = threadIdx.x / warp;
        const int lane = threadIdx.x % warp;
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int row = lane / 4 + 8 * half;
            const float sum = softmax.totalOfRow(half);
            largest[own][row] = softmax.largest[half];
            total[own][row] = sum;
#pragma unroll
            for (int j = 0; j < headDim / 8; ++j) {
                values[own][row][8 * j + lane % 4 * 2] = softmax.values[j][2 * half];
                values[own][row][8 * j + lane % 4 * 2 + 1] = softmax.values[j][2 * half + 1];
            }
        }
    }
    // Calls write(column, value, next value, largest, total) with the joined sums of a row, for columns of this lane.
    template <class Write>
    __device__ void join(int row, float log2Scale, const Write& write) const
    {
        float most = largest[0][row];
        for (int i = 1; i < warps; ++i)
            most = fmaxf(most, largest[i][row]);
        float kept[warps];
        float sum = 0.0f;
#pragma unroll
        for (int i = 0; i < warps; ++i) {
            kept[i] = powerOfTwo((largest[i][row] - most) * log2Scale);
            sum += kept[i] * total[i][row];
        }
        for (int column = threadIdx.x % warp * 2; column < headDim; column += 2 * warp) {
            float value[2] = {0.0f, 0.0f};
#pragma unroll
            for (int i = 0; i < warps; ++i) {
                value[0] += kept[i] * values[i][row][column];
                value[1] += kept[i] * values[i][row][column + 1];
            }
            write(column, value, most, sum);
        }
    }
};

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
    Half* const stages = dynamicShared<Half>();
    const int chunks = (batch.group + warpRows - 1) / warpRows;
    const int row = static_cast<int>(blockIdx.x) / (chunks * batch.kvHeads);
    const int kvHead = static_cast<int>(blockIdx.x) / chunks % batch.kvHeads;
    const int firstOfGroup = static_cast<int>(blockIdx.x) % chunks * warpRows;
    const int head = kvHead * batch.group + firstOfGroup;
    const int count = min(warpRows, batch.group - firstOfGroup);
    const int slot = batch.slots.rows[row];
    Half* const to = out.row(row) + head * headDim;
    if (!batch.slots.feeds(slot)) {
        if (blockIdx.y == 0) {
            for (int i = static_cast<int>(threadIdx.x); i < count * headDim; i += tileThreads)
                narrow(to[i], 0.0f);
        }
        return;
    }
    const SeenPages seen(batch, slot);
    const int splits = seen.splits();
    const int split = static_cast<int>(blockIdx.y);
    if (split >= splits)
        return;

    std::uint32_t queries[headDim / 16][4];
    loadQueries<headDim>(queries, q.row(row) + head * headDim, count);
    PageSoftmax<headDim> softmax;
    const int own = static_cast<int>(threadIdx.x) / warp;
    attendPages<headDim>(softmax, queries, stages + own * 2 * pageRows * tileStride<headDim>, pages, seen, batch, slot,
        kvHead, seen.first / splitPages + split);

    __syncthreads(); // the stages are free
    const WarpParts<headDim> found{dynamicShared<float[warpRows][headDim]>(), largest, total};
    found.put(softmax);
    __syncthreads();
    for (int i = own; i < count; i += warps) {
        found.join(i, batch.log2Scale, [&](int column, const float(&value)[2], float most, float sum) {
            if (splits == 1) {
                *reinterpret_cast<std::uint32_t*>(to + i * headDim + column)
                    = packHalves(value[0] / sum, value[1] / sum);
                return;
            }
            const std::int64_t at = parts.at(row, head + i, batch.heads(), split, gridDim.y);
            parts.values[at * headDim + column] = value[0];
            parts.values[at * headDim + column + 1] = value[1];
            parts.sums[at] = {most, sum};
        });
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
