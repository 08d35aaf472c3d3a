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
    int64_t aStride;    // between rows or, columnwise, between terms
    const float* panel; // [inner][width], rows panelStep apart
    int64_t panelStep;
    int64_t inner;
    int64_t columns;   // 1 to width
    const float* bias; // or null
    bool accumulate;
    bool complete; // the last block of terms
    Gating gating; // at the tile's first row and column
};

inline void storeRow(const Tile& tile, int row, Vec low, Vec high)
{
    float* out = tile.out + row * tile.outStride;
    if (tile.columns == width) {
        if (tile.bias != nullptr) {
            low += load(tile.bias);
            high += load(tile.bias + lanes);
        }
        if (tile.accumulate) {
            low += load(out);
            high += load(out + lanes);
        }
        store(out, low);
        store(out + lanes, high);
        return;
    }
    const int64_t lowCount = tile.columns < lanes ? tile.columns : lanes;
    const int64_t highCount = tile.columns - lowCount;
    if (tile.bias != nullptr) {
        low += load(tile.bias, lowCount);
        high += load(tile.bias + lowCount, highCount);
    }
    if (tile.accumulate) {
        low += load(out, lowCount);
        high += load(out + lowCount, highCount);
    }
    store(out, low, lowCount);
    store(out + lowCount, high, highCount);
}

// gate and up stand apart by gating.inner in C.
inline void gateRow(const Tile& tile, int row, Vec gate, Vec up)
{
    float* out = tile.out + row * tile.outStride;
    float* activated = tile.gating.activated + row * tile.gating.activatedStride;
    const int64_t n = tile.columns;
    if (tile.accumulate) {
        gate += load(out, n);
        up += load(out + tile.gating.inner, n);
    }
    store(out, gate, n);
    store(out + tile.gating.inner, up, n);
    if (tile.complete)
        store(activated, gatedValue(gate, up), n);
}

inline void gateGradient(const Tile& tile, int row, int64_t column, Vec gradient, int64_t n)
{
    float* gate = tile.gating.gateUp + row * tile.gating.gateUpStride + column;
    float* up = gate + tile.gating.inner;
    const GateGradient d = gatedGradient(gradient, load(gate, n), load(up, n));
    store(gate, d.gate, n);
    store(up, d.up, n);
}

inline void gateBackwardRow(const Tile& tile, int row, Vec low, Vec high)
{
    if (!tile.complete) {
        storeRow(tile, row, low, high);
        return;
    }
    const float* out = tile.out + row * tile.outStride;
    const int64_t lowCount = tile.columns < lanes ? tile.columns : lanes;
    const int64_t highCount = tile.columns - lowCount;
    if (tile.accumulate) {
        low += load(out, lowCount);
        high += load(out + lowCount, highCount);
    }
    gateGradient(tile, row, 0, low, lowCount);
    if (highCount > 0)
        gateGradient(tile, row, lanes, high, highCount);
}

inline void finishRow(const Tile& tile, int row, Vec low, Vec high)
{
    switch (tile.gating.finish) {
    case Finish::Store:
        storeRow(tile, row, low, high);
        break;
    case Finish::Gate:
        gateRow(tile, row, low, high);
        break;
    case Finish::GateBackward:
        gateBackwardRow(tile, row, low, high);
        break;
    }
}

// `rows` rows times one panel. A's rows are neighbours (`columnwise`) or its terms are.
template <int rows, bool columnwise>
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
    const int64_t aRow = columnwise ? 1 : tile.aStride;
    const int64_t aStep = columnwise ? tile.aStride : 1;
    for (int64_t k = 0; k < tile.inner; ++k) {
        const Vec b0 = load(panel);
        const Vec b1 = load(panel + lanes);
#pragma GCC unroll 16
        for (int m = 0; m < rows; ++m) {
            const Vec x = broadcast(a[m * aRow]);
            low[m] = multiplyAdd(x, b0, low[m]);
            high[m] = multiplyAdd(x, b1, high[m]);
        }
        a += aStep;
        panel += tile.panelStep;
    }
#pragma GCC unroll 16
    for (int m = 0; m < rows; ++m)
        finishRow(tile, m, low[m], high[m]);
}

} // namespace
} // namespace ahascope::kernels
