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
    const float* a; // value (m, k) at a[m * aRow + k], or packed as [inner][rows]
    int64_t aRow;
    const float* panel; // [inner][width]
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

// `rows` rows times one panel. `packed`: A lies as [inner][rows].
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
    const int64_t aRow = packed ? 1 : tile.aRow;
    const int64_t aStep = packed ? rows : 1;
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
        panel += width;
    }
#pragma GCC unroll 16
    for (int m = 0; m < rows; ++m)
        finishRow(tile, m, low[m], high[m]);
}

using TileKernel = void (*)(const Tile&);

template <int rows>
constexpr void fillKernels(TileKernel* direct, TileKernel* packed)
{
    direct[rows] = multiplyTile<rows, false>;
    packed[rows] = multiplyTile<rows, true>;
    if constexpr (rows > 1)
        fillKernels<rows - 1>(direct, packed);
}

struct TileKernels {
    TileKernel direct[tileRows + 1] = {};
    TileKernel packed[tileRows + 1] = {};
    constexpr TileKernels() { fillKernels<tileRows>(direct, packed); }
};
constexpr TileKernels tileKernels;

// Rows [begin, begin + rows) of A in `count` tiles of nearly equal height.
struct Tiles {
    int64_t begin;
    int64_t rows;
    int64_t count;
};

inline int64_t firstRow(const Tiles& tiles, int64_t i)
{
    return tiles.begin + tiles.rows * i / tiles.count;
}

// A with neighbouring rows (aRow 1) as [inner][rows] per tile. Whole vectors are stored: what is too much is
// overwritten by the next row or lies in the spare end of the scratch.
void packTiles(float* to, const Tiles& tiles, const float* a, int64_t aStep, int64_t inner)
{
    static_assert(tileRows <= 2 * lanes);
    for (int64_t i = 0; i < tiles.count; ++i) {
        const int64_t m = firstRow(tiles, i);
        const int64_t rows = firstRow(tiles, i + 1) - m;
        const int64_t low = rows < lanes ? rows : lanes;
        float* place = to + (m - tiles.begin) * inner;
        for (int64_t k = 0; k < inner; ++k) {
            const float* from = a + k * aStep + m;
            store(place, load(from, low));
            if (rows > lanes)
                store(place + lanes, load(from + lanes, rows - lanes));
            place += rows;
        }
    }
}

constexpr int64_t copyStride = innerBlock + 16;

// A with neighbouring terms (aStep 1) as rows copyStride apart.
void copyRows(float* to, const Tiles& tiles, const float* a, int64_t aRow, int64_t inner)
{
    for (int64_t m = 0; m < tiles.rows; ++m) {
        const float* from = a + (tiles.begin + m) * aRow;
        float* place = to + m * copyStride;
        int64_t k = 0;
        for (; k + lanes <= inner; k += lanes)
            store(place + k, load(from + k));
        store(place + k, load(from + k, inner - k));
    }
}

// Rows a page apart share few places of the cache.
bool wantsCopy(const Product& p)
{
    return p.aStep == 1 && p.aRow % 1024 == 0 && p.rows > 4 && p.columns > 2 * width && p.scratch != nullptr;
}

// Rows [begin, end) times terms [k, k + inner) of all columns.
void multiplyBlock(const Product& p, int64_t begin, int64_t end, int64_t k, int64_t inner)
{
    const Tiles tiles{begin, end - begin, (end - begin + tileRows - 1) / tileRows};
    const float* a = p.a + k * p.aStep;
    const bool packs = p.aStep != 1;
    const bool copies = wantsCopy(p);
    if (packs)
        packTiles(p.scratch, tiles, a, p.aStep, inner);
    else if (copies)
        copyRows(p.scratch, tiles, a, p.aRow, inner);
    Tile tile{};
    tile.outStride = p.outStride;
    tile.aRow = copies ? copyStride : p.aRow;
    tile.inner = inner;
    tile.accumulate = p.accumulate || k > 0;
    for (int64_t n = 0; n < p.columns; n += width) {
        tile.panel = p.panels + (p.columnBegin + n) * p.inner + k * width;
        tile.columns = p.columns - n < width ? p.columns - n : width;
        tile.bias = p.bias != nullptr && k == 0 ? p.bias + n : nullptr;
        for (int64_t i = 0; i < tiles.count; ++i) {
            const int64_t m = firstRow(tiles, i);
            const int64_t count = firstRow(tiles, i + 1) - m;
            tile.out = p.out + m * p.outStride + n;
            if (packs) {
                tile.a = p.scratch + (m - begin) * inner;
                tileKernels.packed[count](tile);
            } else {
                tile.a = copies ? p.scratch + (m - begin) * copyStride : a + m * p.aRow;
                tileKernels.direct[count](tile);
            }
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
