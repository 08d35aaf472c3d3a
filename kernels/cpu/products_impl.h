// The bodies of ProductKernels, compiled once per instruction set (rules: simd.h).
#pragma once

#include "kernels/cpu/products.h"
#include "kernels/cpu/simd.h"

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
};

inline void finishRow(const Tile& tile, int row, Vec low, Vec high)
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

using TileKernel = void (*)(const Tile&);

template <int rows>
constexpr void fillKernels(TileKernel* rowwise, TileKernel* columnwise)
{
    rowwise[rows] = multiplyTile<rows, false>;
    columnwise[rows] = multiplyTile<rows, true>;
    if constexpr (rows > 1)
        fillKernels<rows - 1>(rowwise, columnwise);
}

struct TileKernels {
    TileKernel rowwise[tileRows + 1] = {};
    TileKernel columnwise[tileRows + 1] = {};
    constexpr TileKernels() { fillKernels<tileRows>(rowwise, columnwise); }
};
constexpr TileKernels tileKernels;

// Runs of A a page apart fall into the same few places of the cache: they are copied first, to places that do not.
bool collides(const Product& p)
{
    const int64_t stride = p.aStep == 1 ? p.aRow : p.aStep;
    return stride % 1024 == 0 && p.rows > 4 && p.columns > 2 * width;
}

constexpr int64_t copyStride = innerBlock + 16;
static_assert(productRows <= innerBlock && productScratch == innerBlock * copyStride);

void copyRuns(float* to, const float* from, int64_t stride, int64_t runs, int64_t length)
{
    for (int64_t i = 0; i < runs; ++i) {
        const float* run = from + i * stride;
        float* place = to + i * copyStride;
        int64_t k = 0;
        for (; k + lanes <= length; k += lanes)
            store(place + k, load(run + k));
        store(place + k, load(run + k, length - k), length - k);
    }
}

// Rows [begin, end) times terms [k, k + inner) of all columns.
void multiplyBlock(const Product& p, int64_t begin, int64_t end, int64_t k, int64_t inner)
{
    const bool columnwise = p.aStep != 1;
    const TileKernel* kernels = columnwise ? tileKernels.columnwise : tileKernels.rowwise;
    const int64_t rows = end - begin;
    const int64_t tiles = (rows + tileRows - 1) / tileRows;
    const float* a = p.a + begin * p.aRow + k * p.aStep;
    Tile tile{};
    tile.outStride = p.outStride;
    tile.aStride = columnwise ? p.aStep : p.aRow;
    tile.inner = inner;
    tile.panelStep = p.plainStride != 0 ? p.plainStride : width;
    tile.accumulate = p.accumulate || k > 0;
    if (collides(p)) {
        copyRuns(p.scratch, a, tile.aStride, columnwise ? inner : rows, columnwise ? rows : inner);
        a = p.scratch;
        tile.aStride = copyStride;
    }
    const int64_t aRow = columnwise ? 1 : tile.aStride;
    for (int64_t n = 0; n < p.columns; n += width) {
        const int64_t column = p.columnBegin + n;
        tile.panel = p.panels + (p.plainStride != 0 ? column : column * p.inner) + k * tile.panelStep;
        tile.columns = p.columns - n < width ? p.columns - n : width;
        tile.bias = p.bias != nullptr && k == 0 ? p.bias + n : nullptr;
        for (int64_t i = 0; i < tiles; ++i) { // of nearly equal height
            const int64_t m = rows * i / tiles;
            tile.out = p.out + (begin + m) * p.outStride + n;
            tile.a = a + m * aRow;
            kernels[rows * (i + 1) / tiles - m](tile);
        }
    }
}

void multiply(const Product& p)
{
    for (int64_t begin = 0; begin < p.rows; begin += productRows) {
        const int64_t end = begin + productRows < p.rows ? begin + productRows : p.rows;
        int64_t k = 0;
        do { // at least once: an empty sum is 0
            multiplyBlock(p, begin, end, k, p.inner - k < innerBlock ? p.inner - k : innerBlock);
            k += innerBlock;
        } while (k < p.inner);
    }
}

void packRows(float* panels, const float* b, int64_t stride, int64_t inner, int64_t columns)
{
    for (int64_t n = 0; n < columns; n += width) {
        float* panel = panels + n * inner;
        const int64_t rest = columns - n;
        for (int64_t k = 0; k < inner; ++k) {
            const float* row = b + k * stride + n;
            float* to = panel + k * width;
            if (rest >= width) {
                store(to, load(row));
                store(to + lanes, load(row + lanes));
            } else {
                const int64_t low = rest < lanes ? rest : lanes;
                store(to, load(row, low));
                store(to + lanes, load(row + low, rest - low));
            }
        }
    }
}

void packColumns(
    float* panels, const float* b, int64_t stride, int64_t inner, int64_t columns, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p) {
        float* panel = panels + p * width * inner;
        for (int64_t k = 0; k < inner; ++k) {
            for (int64_t j = 0; j < width; ++j) {
                const int64_t n = p * width + j;
                panel[k * width + j] = n < columns ? b[n * stride + k] : 0.0f;
            }
        }
    }
}

constexpr ProductKernels productKernels = {width, tileRows, multiply, packRows, packColumns};

} // namespace
} // namespace ahascope::kernels
