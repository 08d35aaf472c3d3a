// The innermost part of products: some rows of A times one panel of B, on registers (rules: simd.h).
#pragma once

#include "kernels/cpu/gate_impl.h"
#include "kernels/cpu/products.h"

namespace ahascope::kernels {
namespace {

// Accumulators that fit into the registers beside two vectors of B and one value of A.
constexpr int tileRows = lanes == 16 ? 14 : 6;
constexpr int64_t width = 2 * lanes;

struct Tile {
    float* out;
    int64_t outStride;
    const float* a;
    int64_t aStride;    // between rows, where A is not packed
    const float* panel; // [inner][width]
    int64_t inner;
    int64_t columns;   // 1 to width
    const float* bias; // or null
    bool accumulate;
    bool complete; // the last block of terms
    Gating gating; // at the tile's first row and column
};

// The ways to finish a tile. `whole`: every column of the panel is one of C, so that no store is partial.

template <bool whole>
inline void put(float* p, Vec v, int64_t n)
{
    if constexpr (whole)
        store(p, v);
    else
        store(p, v, n);
}

template <bool whole>
inline Vec get(const float* p, int64_t n)
{
    if constexpr (whole)
        return load(p);
    else
        return load(p, n);
}

template <bool whole>
inline void storeRow(const Tile& tile, int row, Vec low, Vec high)
{
    float* out = tile.out + row * tile.outStride;
    const int64_t lowCount = whole || tile.columns > lanes ? lanes : tile.columns;
    const int64_t highCount = tile.columns - lowCount;
    if (tile.bias != nullptr) {
        low += get<whole>(tile.bias, lowCount);
        high += get<whole>(tile.bias + lowCount, highCount);
    }
    if (tile.accumulate) {
        low += get<whole>(out, lowCount);
        high += get<whole>(out + lowCount, highCount);
    }
    put<whole>(out, low, lowCount);
    put<whole>(out + lowCount, high, highCount);
}

// gate and up stand apart by gating.inner in C.
template <bool whole>
inline void gateRow(const Tile& tile, int row, Vec gate, Vec up)
{
    float* out = tile.out + row * tile.outStride;
    float* activated = tile.gating.activated + row * tile.gating.activatedStride;
    const int64_t n = tile.columns;
    if (tile.accumulate) {
        gate += get<whole>(out, n);
        up += get<whole>(out + tile.gating.inner, n);
    }
    put<whole>(out, gate, n);
    put<whole>(out + tile.gating.inner, up, n);
    if (tile.complete)
        put<whole>(activated, gatedValue(gate, up), n);
}

template <bool whole>
inline void gateGradient(float* gate, float* up, Vec gradient, int64_t n)
{
    const GateGradient d = gatedGradient(gradient, get<whole>(gate, n), get<whole>(up, n));
    put<whole>(gate, d.gate, n);
    put<whole>(up, d.up, n);
}

template <bool whole>
inline void gateBackwardRow(const Tile& tile, int row, Vec low, Vec high)
{
    if (!tile.complete) {
        storeRow<whole>(tile, row, low, high);
        return;
    }
    const float* out = tile.out + row * tile.outStride;
    const int64_t lowCount = whole || tile.columns > lanes ? lanes : tile.columns;
    const int64_t highCount = tile.columns - lowCount;
    if (tile.accumulate) {
        low += get<whole>(out, lowCount);
        high += get<whole>(out + lowCount, highCount);
    }
    float* gate = tile.gating.gateUp + row * tile.gating.gateUpStride;
    float* up = gate + tile.gating.inner;
    gateGradient<whole>(gate, up, low, lowCount);
    gateGradient<whole>(gate + lowCount, up + lowCount, high, highCount);
}

template <int rows, bool whole>
inline void finishTile(const Tile& tile, const Vec (&low)[rows], const Vec (&high)[rows])
{
    switch (tile.gating.finish) {
    case Finish::Store:
#pragma GCC unroll 16
        for (int m = 0; m < rows; ++m)
            storeRow<whole>(tile, m, low[m], high[m]);
        break;
    case Finish::Gate:
#pragma GCC unroll 16
        for (int m = 0; m < rows; ++m)
            gateRow<whole>(tile, m, low[m], high[m]);
        break;
    case Finish::GateBackward:
#pragma GCC unroll 16
        for (int m = 0; m < rows; ++m)
            gateBackwardRow<whole>(tile, m, low[m], high[m]);
        break;
    }
}

// `rows` rows times one panel. A is packed as [inner][rows], or its terms are neighbours.
template <int rows, bool packed>
void multiplyTile(const Tile& tile)
{
    Vec low[rows];
    Vec high[rows];
#pragma GCC unroll 16
    for (int m = 0; m < rows; ++m) {
        low[m] = zero();
        high[m] = zero();
    }
    const float* a = tile.a;
    const float* panel = tile.panel;
    const int64_t aRow = packed ? 1 : tile.aStride;
    for (int64_t k = 0; k < tile.inner; ++k) {
        const Vec b0 = load(panel);
        const Vec b1 = load(panel + lanes);
#pragma GCC unroll 16
        for (int m = 0; m < rows; ++m) {
            const Vec x = broadcast(a[m * aRow]);
            low[m] = multiplyAdd(x, b0, low[m]);
            high[m] = multiplyAdd(x, b1, high[m]);
        }
        a += packed ? rows : 1;
        panel += width;
    }
    if (tile.columns == (tile.gating.finish == Finish::Gate ? lanes : width))
        finishTile<rows, true>(tile, low, high);
    else
        finishTile<rows, false>(tile, low, high);
}

} // namespace
} // namespace ahascope::kernels
