// The bodies of ProductKernels, compiled once per instruction set (rules: simd.h).
#pragma once

#include "kernels/cpu/product_tiles_impl.h"

namespace ahascope::kernels {
namespace {

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

inline Gating gatingAt(Gating gating, int64_t row, int64_t column)
{
    if (gating.finish == Finish::Gate)
        gating.activated += row * gating.activatedStride + column;
    if (gating.finish == Finish::GateBackward)
        gating.gateUp += row * gating.gateUpStride + column;
    return gating;
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
    tile.complete = k + inner >= p.inner;
    if (collides(p)) {
        copyRuns(p.scratch, a, tile.aStride, columnwise ? inner : rows, columnwise ? rows : inner);
        a = p.scratch;
        tile.aStride = copyStride;
    }
    const int64_t aRow = columnwise ? 1 : tile.aStride;
    const bool gated = p.gating.finish == Finish::Gate;
    const int64_t step = gated ? lanes : width; // columns that a panel makes
    for (int64_t n = 0; n < p.columns; n += step) {
        const int64_t column = (p.columnBegin + n) / step * width;
        tile.panel = p.panels + (p.plainStride != 0 ? column : column * p.inner) + k * tile.panelStep;
        tile.columns = p.columns - n < step ? p.columns - n : step;
        tile.bias = p.bias != nullptr && k == 0 ? p.bias + n : nullptr;
        for (int64_t i = 0; i < tiles; ++i) { // of nearly equal height
            const int64_t m = rows * i / tiles;
            tile.out = p.out + (begin + m) * p.outStride + n;
            tile.a = a + m * aRow;
            tile.gating = gatingAt(p.gating, begin + m, n);
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

// `count` columns of B (k, n) = b[n * stride + k] into one half of a panel, then zeros.
void packHalf(float* half, const float* b, int64_t stride, int64_t inner, int64_t count)
{
    for (int64_t k = 0; k < inner; ++k) {
        for (int64_t j = 0; j < lanes; ++j)
            half[k * width + j] = j < count ? b[j * stride + k] : 0.0f;
    }
}

inline int64_t within(int64_t count, int64_t most)
{
    return count < 0 ? 0 : count < most ? count : most;
}

void packColumns(
    float* panels, const float* b, int64_t stride, int64_t inner, int64_t columns, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p) {
        float* panel = panels + p * width * inner;
        const int64_t n = p * width;
        packHalf(panel, b + n * stride, stride, inner, within(columns - n, lanes));
        packHalf(panel + lanes, b + (n + lanes) * stride, stride, inner, within(columns - n - lanes, lanes));
    }
}

void packGated(
    float* panels, const float* b, int64_t stride, int64_t inner, int64_t channels, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p) {
        float* panel = panels + p * width * inner;
        const int64_t n = p * lanes;
        const int64_t count = within(channels - n, lanes);
        packHalf(panel, b + n * stride, stride, inner, count);
        packHalf(panel + lanes, b + (channels + n) * stride, stride, inner, count);
    }
}

constexpr ProductKernels productKernels = {width, lanes, tileRows, multiply, packRows, packColumns, packGated};

} // namespace
} // namespace ahascope::kernels
