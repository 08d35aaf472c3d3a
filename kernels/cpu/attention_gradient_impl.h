// The gradient of attention for some queries of one key/value head. The same rules as for simd.h.
//
// With p = exp(s - lse), s = scale q.k, and delta = dout.out:
//   dv += p dout    ds = p (dout.v - delta) scale    dq += ds k    dk += ds q      (Dao 2023, arXiv 2307.08691)
// Queries are added to dk and dv in their order, keys to dq in theirs.
#pragma once

#include "kernels/cpu/attention_kernels.h"
#include "kernels/cpu/transpose_impl.h"
#include "kernels/cpu/vector_math.h"

namespace ahascope::kernels {
namespace {

constexpr int gradientColumns = 16 / lanes;
// Per key vector, the weights and the score gradients of so many queries stay in registers.
constexpr int gradientTile = lanes == 16 ? 8 : 4;
static_assert(gradientScratch >= gradientTile * 16 && gradientScratchPerValue >= gradientTile * 3);

struct GradientTile {
    float* q;       // [headDim][gradientTile]
    float* dout;    // [headDim][gradientTile]
    float* dq;      // [gradientTile][valueStride]
    float* dscores; // [gradientTile][16]
    float lse[gradientTile];
    float delta[gradientTile];
    float tokens[gradientTile]; // visible in the last block
    float first[gradientTile];  // first visible place, counted from the first block
};

inline float dotProduct(const float* a, const float* b, int64_t count)
{
    Vec total = zero();
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        total = multiplyAdd(load(a + i), load(b + i), total);
    if (i < count)
        total = multiplyAdd(load(a + i, count - i), load(b + i, count - i), total);
    return sum(total);
}

// A tile that is not full has queries whose weights are exp(-infinity) = 0.
inline void loadTile(const AttentionGradientRows& rows, int64_t query, GradientTile& tile)
{
    const int64_t headDim = rows.layout.headDim;
    const int64_t left = rows.queries - query;
    const int64_t count = left < gradientTile ? left : gradientTile;
    if (count < gradientTile) {
        for (int64_t i = 0; i < headDim * gradientTile; ++i) {
            tile.q[i] = 0.0f;
            tile.dout[i] = 0.0f;
        }
    }
    copyTransposed(tile.q, gradientTile, rows.q + query, count, headDim);
    copyTransposed(tile.dout, gradientTile, rows.dout + query, count, headDim);
    for (int i = 0; i < gradientTile; ++i) {
        const bool real = i < count;
        tile.lse[i] = real ? *rows.lse[query + i] : __builtin_inff();
        tile.delta[i] = real ? dotProduct(rows.dout[query + i], rows.out[query + i], headDim) : 0.0f;
        tile.tokens[i] = real ? static_cast<float>(rows.lastTokens[query + i]) : 0.0f;
        tile.first[i]
            = real && rows.window.edgeBlocks > 0 ? static_cast<float>(rows.window.firstPlaces[query + i]) : 0.0f;
    }
    for (int64_t i = 0; i < gradientTile * rows.layout.valueStride; i += lanes)
        store(tile.dq + i, zero());
}

// products[i] = tile[., i] . matrix[., column vector]
inline void channelProducts(Vec (&products)[gradientTile], const float* tile, const float* matrix, int64_t headDim)
{
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i)
        products[i] = zero();
    for (int64_t d = 0; d < headDim; ++d) {
        const Vec x = load(matrix + d * 16);
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i)
            products[i] = multiplyAdd(broadcast(tile[d * gradientTile + i]), x, products[i]);
    }
}

// gradient[., column vector] += sum over queries of tile[., i] weights[i]
inline void addOuterProducts(float* gradient, const float* tile, const Vec (&weights)[gradientTile], int64_t headDim)
{
    for (int64_t d = 0; d < headDim; ++d) {
        Vec x = load(gradient + d * 16);
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i)
            x = multiplyAdd(broadcast(tile[d * gradientTile + i]), weights[i], x);
        store(gradient + d * 16, x);
    }
}

// One vector of keys: dvalues, dkeys, and the score gradients for dq.
inline void keyColumn(const AttentionGradientRows& rows, GradientTile& tile, int64_t blockIndex, int column)
{
    static const float places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const GradientBlock& block = rows.blocks[blockIndex];
    const bool last = blockIndex + 1 == rows.blockCount;
    const float firstPlace = static_cast<float>(blockIndex * 16);
    const int64_t offset = column * lanes;
    const int64_t headDim = rows.layout.headDim;
    const Vec scale = broadcast(rows.scale);
    Vec p[gradientTile];
    channelProducts(p, tile.q, block.keysByChannel + offset, headDim);
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
        const Vec limit = broadcast(last ? tile.tokens[i] : static_cast<float>(block.tokens));
        const Vec weight = exponential(p[i] * scale - broadcast(tile.lse[i]));
        p[i] = select(less(load(places + offset), limit), weight, zero());
        if (blockIndex < rows.window.edgeBlocks)
            p[i] = select(less(load(places + offset), broadcast(tile.first[i] - firstPlace)), zero(), p[i]);
    }
    addOuterProducts(block.dvalues + offset, tile.dout, p, headDim);
    Vec ds[gradientTile];
    channelProducts(ds, tile.dout, block.valuesByChannel + offset, headDim);
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
        ds[i] = p[i] * (ds[i] - broadcast(tile.delta[i])) * scale;
        store(tile.dscores + i * 16 + offset, ds[i]);
    }
    addOuterProducts(block.dkeys + offset, tile.q, ds, headDim);
}

inline void addToQueries(const AttentionGradientRows& rows, GradientTile& tile, const GradientBlock& block)
{
    const int64_t stride = rows.layout.valueStride;
    for (int64_t d = 0; d < rows.layout.headDim; d += lanes) {
        Vec sums[gradientTile];
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i)
            sums[i] = load(tile.dq + i * stride + d);
        for (int64_t t = 0; t < block.tokens; ++t) {
            const Vec key = load(block.keysByToken + t * stride + d);
#pragma GCC unroll 8
            for (int i = 0; i < gradientTile; ++i)
                sums[i] = multiplyAdd(broadcast(tile.dscores[i * 16 + t]), key, sums[i]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i)
            store(tile.dq + i * stride + d, sums[i]);
    }
}

void gradientRows(const AttentionGradientRows& rows)
{
    GradientTile tile;
    const int64_t headDim = rows.layout.headDim;
    const int64_t stride = rows.layout.valueStride;
    tile.dq = rows.scratch;
    tile.dscores = tile.dq + gradientTile * stride;
    tile.q = tile.dscores + gradientTile * 16;
    tile.dout = tile.q + gradientTile * headDim;
    for (int64_t query = 0; query < rows.queries; query += gradientTile) {
        loadTile(rows, query, tile);
        for (int64_t b = 0; b < rows.blockCount; ++b) {
            for (int column = 0; column < gradientColumns; ++column)
                keyColumn(rows, tile, b, column);
            addToQueries(rows, tile, rows.blocks[b]);
        }
        for (int64_t i = 0; i < gradientTile && query + i < rows.queries; ++i) {
            int64_t d = 0;
            for (; d + lanes <= headDim; d += lanes)
                store(rows.dq[query + i] + d, load(tile.dq + i * stride + d));
            if (d < headDim)
                store(rows.dq[query + i] + d, load(tile.dq + i * stride + d), headDim - d);
        }
    }
}

} // namespace
} // namespace ahascope::kernels
