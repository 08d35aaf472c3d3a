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

// Of so many queries and vectors of neighbouring keys the weights and the score gradients stay in registers: 8, enough
// separate sums to keep the multipliers busy.
constexpr int gradientTile = lanes == 16 ? 8 : 4;
constexpr int gradientColumns = lanes == 16 ? 1 : 2;
using TileVecs = Vec[gradientTile][gradientColumns];
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

// products[i] = tile[., i] . matrix[., columns]
inline void channelProducts(TileVecs& products, const float* tile, const float* matrix, int64_t headDim)
{
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
#pragma GCC unroll 2
        for (int c = 0; c < gradientColumns; ++c)
            products[i][c] = zero();
    }
    for (int64_t d = 0; d < headDim; ++d) {
        Vec x[gradientColumns];
#pragma GCC unroll 2
        for (int c = 0; c < gradientColumns; ++c)
            x[c] = load(matrix + d * 16 + c * lanes);
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i) {
            const Vec factor = broadcast(tile[d * gradientTile + i]);
#pragma GCC unroll 2
            for (int c = 0; c < gradientColumns; ++c)
                products[i][c] = multiplyAdd(factor, x[c], products[i][c]);
        }
    }
}

// gradient[., columns] += sum over queries of tile[., i] weights[i]
inline void addOuterProducts(float* gradient, const float* tile, const TileVecs& weights, int64_t headDim)
{
    for (int64_t d = 0; d < headDim; ++d) {
        Vec x[gradientColumns];
#pragma GCC unroll 2
        for (int c = 0; c < gradientColumns; ++c)
            x[c] = load(gradient + d * 16 + c * lanes);
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i) {
            const Vec factor = broadcast(tile[d * gradientTile + i]);
#pragma GCC unroll 2
            for (int c = 0; c < gradientColumns; ++c)
                x[c] = multiplyAdd(factor, weights[i][c], x[c]);
        }
#pragma GCC unroll 2
        for (int c = 0; c < gradientColumns; ++c)
            store(gradient + d * 16 + c * lanes, x[c]);
    }
}

// Some vectors of keys: dvalues, dkeys, and the score gradients for dq.
inline void keyColumns(const AttentionGradientRows& rows, GradientTile& tile, int64_t blockIndex, int64_t offset)
{
    static const float places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const GradientBlock& block = rows.blocks[blockIndex];
    const bool last = blockIndex + 1 == rows.blockCount;
    const float firstPlace = static_cast<float>(blockIndex * 16);
    const int64_t headDim = rows.layout.headDim;
    const Vec scale = broadcast(rows.scale);
    TileVecs p;
    channelProducts(p, tile.q, block.keysByChannel + offset, headDim);
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
        const Vec limit = broadcast(last ? tile.tokens[i] : static_cast<float>(block.tokens));
#pragma GCC unroll 2
        for (int c = 0; c < gradientColumns; ++c) {
            const Vec place = load(places + offset + c * lanes);
            const Vec weight = exponential(p[i][c] * scale - broadcast(tile.lse[i]));
            p[i][c] = select(less(place, limit), weight, zero());
            if (blockIndex < rows.window.edgeBlocks)
                p[i][c] = select(less(place, broadcast(tile.first[i] - firstPlace)), zero(), p[i][c]);
        }
    }
    addOuterProducts(block.dvalues + offset, tile.dout, p, headDim);
    TileVecs ds;
    channelProducts(ds, tile.dout, block.valuesByChannel + offset, headDim);
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
#pragma GCC unroll 2
        for (int c = 0; c < gradientColumns; ++c) {
            ds[i][c] = p[i][c] * (ds[i][c] - broadcast(tile.delta[i])) * scale;
            store(tile.dscores + i * 16 + offset + c * lanes, ds[i][c]);
        }
    }
    addOuterProducts(block.dkeys + offset, tile.q, ds, headDim);
}

// Channels [d, d + vecs * lanes).
template <int vecs>
inline void addToChannels(const AttentionGradientRows& rows, GradientTile& tile, const GradientBlock& block, int64_t d)
{
    const int64_t stride = rows.layout.valueStride;
    Vec sums[gradientTile][vecs];
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
#pragma GCC unroll 2
        for (int c = 0; c < vecs; ++c)
            sums[i][c] = load(tile.dq + i * stride + d + c * lanes);
    }
    for (int64_t t = 0; t < block.tokens; ++t) {
        Vec key[vecs];
#pragma GCC unroll 2
        for (int c = 0; c < vecs; ++c)
            key[c] = load(block.keysByToken + t * stride + d + c * lanes);
#pragma GCC unroll 8
        for (int i = 0; i < gradientTile; ++i) {
            const Vec factor = broadcast(tile.dscores[i * 16 + t]);
#pragma GCC unroll 2
            for (int c = 0; c < vecs; ++c)
                sums[i][c] = multiplyAdd(factor, key[c], sums[i][c]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < gradientTile; ++i) {
#pragma GCC unroll 2
        for (int c = 0; c < vecs; ++c)
            store(tile.dq + i * stride + d + c * lanes, sums[i][c]);
    }
}

inline void addToQueries(const AttentionGradientRows& rows, GradientTile& tile, const GradientBlock& block)
{
    int64_t d = 0;
    for (; d + gradientColumns * lanes <= rows.layout.headDim; d += gradientColumns * lanes)
        addToChannels<gradientColumns>(rows, tile, block, d);
    for (; d < rows.layout.headDim; d += lanes)
        addToChannels<1>(rows, tile, block, d);
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
            for (int64_t offset = 0; offset < 16; offset += gradientColumns * lanes)
                keyColumns(rows, tile, b, offset);
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
