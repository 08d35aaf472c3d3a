// What decoding on the tensor cores knows of a row's context, and how the parts of its sums are put together.
#pragma once

#include "kernels/cuda/kv_cache.cuh"
#include "kernels/cuda/online_softmax.cuh"

namespace ahascope::kernels::cuda {

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
    const std::int32_t* prefixTable;
    const std::int32_t* ownTable;
    int prefix;   // tokens
    int position; // of the query
    int firstToken;
    int first;
    int last;

    __device__ SeenPages(const DecodeBatch& batch, int slot)
        : prefixTable(batch.slots.prefixTable + slot * batch.slots.prefixPages)
        , ownTable(batch.slots.ownTable + slot * batch.slots.ownPages)
        , prefix(batch.slots.prefixLength[slot])
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
    // Its place in the cache; 0 for a page that is not seen.
    __device__ int number(int page) const
    {
        const int own = page - prefixPages();
        return page < first || page > last ? 0 : own < 0 ? prefixTable[page] : ownTable[own];
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

template <int headDim>
using PageSoftmax = OnlineSoftmax<headDim, int(pageTokens)>;

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
    // A row of the result.
    __device__ void write(Half* to, int row, float log2Scale) const
    {
        const Joined joined(*this, row, log2Scale);
        for (int column = threadIdx.x % warp * 2; column < headDim; column += 2 * warp) {
            const float2 value = joined.values(*this, row, column);
            *reinterpret_cast<std::uint32_t*>(to + column) = packHalves(value.x / joined.total, value.y / joined.total);
        }
    }
    // A row's part of it.
    __device__ void write(const DecodeParts& to, std::int64_t at, int row, float log2Scale) const
    {
        const Joined joined(*this, row, log2Scale);
        for (int column = threadIdx.x % warp * 2; column < headDim; column += 2 * warp)
            *reinterpret_cast<float2*>(to.values + at * headDim + column) = joined.values(*this, row, column);
        if (threadIdx.x % warp == 0)
            to.sums[at] = {joined.largest, joined.total};
    }

private:
    // Of one row.
    struct Joined {
        float largest;
        float total = 0.0f;
        float kept[warps];

        __device__ Joined(const WarpParts& parts, int row, float log2Scale) : largest(parts.largest[0][row])
        {
            for (int i = 1; i < warps; ++i)
                largest = fmaxf(largest, parts.largest[i][row]);
#pragma unroll
            for (int i = 0; i < warps; ++i) {
                kept[i] = powerOfTwo((parts.largest[i][row] - largest) * log2Scale);
                total += kept[i] * parts.total[i][row];
            }
        }
        __device__ float2 values(const WarpParts& parts, int row, int column) const
        {
            float2 sum{0.0f, 0.0f};
#pragma unroll
            for (int i = 0; i < warps; ++i) {
                sum.x += kept[i] * parts.values[i][row][column];
                sum.y += kept[i] * parts.values[i][row][column + 1];
            }
            return sum;
        }
    };
};

} // namespace ahascope::kernels::cuda
