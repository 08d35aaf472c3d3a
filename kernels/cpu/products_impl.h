// The bodies of ProductKernels, compiled once per instruction set (rules: simd.h).
#pragma once

#include "kernels/cpu/product_tiles_impl.h"

namespace ahascope::kernels {
namespace {

using TileKernel = void (*)(const Tile&);

template <int rows>
constexpr void fillKernels(TileKernel* plain, TileKernel* packed)
{
    plain[rows] = multiplyTile<rows, false>;
    packed[rows] = multiplyTile<rows, true>;
    if constexpr (rows > 1)
        fillKernels<rows - 1>(plain, packed);
}

struct TileKernels {
    TileKernel plain[tileRows + 1] = {};
    TileKernel packed[tileRows + 1] = {};
    constexpr TileKernels() { fillKernels<tileRows>(plain, packed); }
};
constexpr TileKernels tileKernels;

// Tiles of nearly equal height; tile i begins at this row.
inline int64_t tileBegin(int64_t rows, int64_t tiles, int64_t i)
{
    return rows * i / tiles;
}

// Rows of A a page apart fall into the same few places of the cache: they are copied first, to places that do not.
bool collides(const Product& p)
{
    return p.aStep == 1 && p.aRow % 1024 == 0 && p.rows > 4 && p.columns > 2 * width;
}

constexpr int64_t copyStride = innerBlock + 16;
static_assert(productRows <= innerBlock && scratchOfA == innerBlock * copyStride);

void copyRows(float* to, const float* from, int64_t stride, int64_t rows, int64_t length)
{
    for (int64_t i = 0; i < rows; ++i) {
        const float* row = from + i * stride;
        float* place = to + i * copyStride;
        int64_t k = 0;
        for (; k + lanes <= length; k += lanes)
            store(place + k, load(row + k));
        store(place + k, load(row + k, length - k), length - k);
    }
}

constexpr int64_t packedTile = tileRows * innerBlock + lanes;
static_assert((productRows + tileRows - 1) / tileRows * packedTile <= scratchOfA);

// A whose rows are neighbours, tile by tile as [inner][rows of the tile]: a few terms of all tiles at a time, so that
// terms a page apart stay in the cache from one tile to the next. Whole vectors are stored: what one writes too much,
// the next overwrites.
void packTiles(float* to, const float* a, int64_t step, int64_t rows, int64_t inner, int64_t tiles)
{
    constexpr int64_t terms = 8;
    for (int64_t first = 0; first < inner; first += terms) {
        const int64_t end = first + terms < inner ? first + terms : inner;
        for (int64_t i = 0; i < tiles; ++i) {
            const int64_t begin = tileBegin(rows, tiles, i);
            const int64_t height = tileBegin(rows, tiles, i + 1) - begin;
            for (int64_t k = first; k < end; ++k) {
                const float* from = a + k * step + begin;
                float* place = to + i * packedTile + k * height;
                for (int64_t m = 0; m < height; m += lanes)
                    store(place + m, begin + m + lanes <= rows ? load(from + m) : load(from + m, rows - begin - m));
            }
        }
    }
}

// `count` values from value `first` of the panels on, in F32: as they are, or widened into scratch.
static_assert(width <= widestPanel);

const float* panelPart(const Product& p, int64_t first, int64_t count)
{
    if (!p.b.bf16)
        return static_cast<const float*>(p.b.data) + first;
    const uint16_t* from = static_cast<const uint16_t*>(p.b.data) + first;
    float* to = p.scratch + scratchOfA;
    for (int64_t i = 0; i < count; i += lanes)
        store(to + i, widen(from + i));
    return to;
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
    const bool packed = p.aStep != 1;
    const TileKernel* kernels = packed ? tileKernels.packed : tileKernels.plain;
    const int64_t rows = end - begin;
    const int64_t tiles = (rows + tileRows - 1) / tileRows;
    const float* a = p.a + begin * p.aRow + k * p.aStep;
    Tile tile{};
    tile.outStride = p.outStride;
    tile.aStride = p.aRow;
    tile.inner = inner;
    tile.accumulate = p.accumulate || k > 0;
    tile.complete = k + inner >= p.inner;
    if (packed) {
        packTiles(p.scratch, a, p.aStep, rows, inner, tiles);
        a = p.scratch;
    } else if (collides(p)) {
        copyRows(p.scratch, a, p.aRow, rows, inner);
        a = p.scratch;
        tile.aStride = copyStride;
    }
    const bool gated = p.gating.finish == Finish::Gate;
    const int64_t step = gated ? lanes : width; // columns that a panel makes
    for (int64_t n = 0; n < p.columns; n += step) {
        tile.panel = panelPart(p, ((p.columnBegin + n) / step * p.inner + k) * width, inner * width);
        tile.columns = p.columns - n < step ? p.columns - n : step;
        tile.bias = p.bias != nullptr && k == 0 ? p.bias + n : nullptr;
        for (int64_t i = 0; i < tiles; ++i) {
            const int64_t m = tileBegin(rows, tiles, i);
            tile.out = p.out + (begin + m) * p.outStride + n;
            tile.a = a + (packed ? i * packedTile : m * tile.aStride);
            tile.gating = gatingAt(p.gating, begin + m, n);
            kernels[tileBegin(rows, tiles, i + 1) - m](tile);
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

template <class Value>
void packRows(Value* panels, const Value* b, int64_t stride, int64_t inner, int64_t columns)
{
    for (int64_t n = 0; n < columns; n += width) {
        Value* panel = panels + n * inner;
        const int64_t rest = columns - n;
        for (int64_t k = 0; k < inner; ++k) {
            const Value* row = b + k * stride + n;
            Value* to = panel + k * width;
            if (rest >= width) {
                __builtin_memcpy(to, row, width * sizeof(Value));
            } else {
                for (int64_t j = 0; j < width; ++j)
                    to[j] = j < rest ? row[j] : Value(0);
            }
        }
    }
}

// `count` columns of B (k, n) = b[n * stride + k] into one half of a panel, then zeros.
template <class Value>
void packHalf(Value* half, const Value* b, int64_t stride, int64_t inner, int64_t count)
{
    for (int64_t k = 0; k < inner; ++k) {
        for (int64_t j = 0; j < lanes; ++j)
            half[k * width + j] = j < count ? b[j * stride + k] : Value(0);
    }
}

inline int64_t within(int64_t count, int64_t most)
{
    return count < 0 ? 0 : count < most ? count : most;
}

template <class Value>
void packColumns(
    Value* panels, const Value* b, int64_t stride, int64_t inner, int64_t columns, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p) {
        Value* panel = panels + p * width * inner;
        const int64_t n = p * width;
        packHalf(panel, b + n * stride, stride, inner, within(columns - n, lanes));
        packHalf(panel + lanes, b + (n + lanes) * stride, stride, inner, within(columns - n - lanes, lanes));
    }
}

template <class Value>
void packGated(
    Value* panels, const Value* b, int64_t stride, int64_t inner, int64_t channels, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p) {
        Value* panel = panels + p * width * inner;
        const int64_t n = p * lanes;
        const int64_t count = within(channels - n, lanes);
        packHalf(panel, b + n * stride, stride, inner, count);
        packHalf(panel + lanes, b + (channels + n) * stride, stride, inner, count);
    }
}

template <class Value>
constexpr Packing<Value> packing = {packRows<Value>, packColumns<Value>, packGated<Value>};

constexpr ProductKernels productKernels = {width, lanes, tileRows, multiply, packing<float>, packing<uint16_t>};

} // namespace
} // namespace ahascope::kernels
