// Attention of some queries over blocks of keys and values. The same rules as for simd.h.
//
// What a query gets does not depend on the queries it is computed with: each of its sums runs over channels or tokens
// in one order, and rows and columns of a register tile are separate sums. That makes attention() and decodeAttention()
// agree bit for bit.
#pragma once

#include "kernels/cpu/attention_kernels.h"
#include "kernels/cpu/transpose_impl.h"
#include "kernels/cpu/vector_math.h"

namespace ahascope::kernels {
namespace {

constexpr int blockTokens = 16;
constexpr int columnsOfBlock = blockTokens / lanes;
// Scores are kept for so many blocks; a longer context is worked through in chunks, the sums being scaled to the
// largest score so far (Milakov & Gimelshein 2018, arXiv 1805.02867).
constexpr int chunkBlocks = 32;
constexpr int chunkTokens = chunkBlocks * blockTokens;
constexpr int tileQueries = 4;
static_assert(attendScratch == tileQueries * chunkTokens && attendScratchPerValue == tileQueries * 2);
// 32 registers hold two partial sums of 4 queries x 2 vectors, 16 registers those of 2 x 2.
constexpr int valueQueries = lanes == 16 ? 4 : 2;

struct ChunkState {
    float* scores = nullptr; // [tileQueries][chunkTokens]
    float* sums;             // [tileQueries][2][valueStride] of even and of odd tokens
    float largest[tileQueries] = {};
    float factor[tileQueries] = {}; // exp(largest before - largest now)
    Vec total[tileQueries];
};

// scores[i][c * lanes ...] = scale * (q[i] . keys), `columns` vectors of neighbouring tokens
template <int queries, int columns>
inline void scoreTile(float* scores, const float* const* q, const float* const* keys, int64_t headDim, float scale)
{
    Vec sums[queries][columns];
#pragma GCC unroll 8
    for (int i = 0; i < queries; ++i) {
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            sums[i][c] = zero();
    }
    for (int64_t d = 0; d < headDim; ++d) {
        Vec k[columns];
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            k[c] = load(keys[c] + d * blockTokens);
#pragma GCC unroll 8
        for (int i = 0; i < queries; ++i) {
            const Vec x = broadcast(q[i][d]);
#pragma GCC unroll 8
            for (int c = 0; c < columns; ++c)
                sums[i][c] = multiplyAdd(x, k[c], sums[i][c]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < queries; ++i) {
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            store(scores + i * chunkTokens + c * lanes, sums[i][c] * broadcast(scale));
    }
}

template <int queries, int columns>
inline void scoreColumns(const AttentionRows& rows, const float* const* q, const KvBlock* blocks, float* scores,
    int64_t& column, int64_t columnCount)
{
    for (; column + columns <= columnCount; column += columns) {
        const float* keys[columns];
        for (int c = 0; c < columns; ++c)
            keys[c] = blocks[(column + c) / columnsOfBlock].data + (column + c) % columnsOfBlock * lanes;
        scoreTile<queries, columns>(scores + column * lanes, q, keys, rows.layout.headDim, rows.scale);
    }
}

// Enough separate sums to keep the multipliers busy: 8.
template <int queries>
inline void scoreChunk(
    const AttentionRows& rows, const float* const* q, const KvBlock* blocks, int64_t blockCount, float* scores)
{
    const int64_t columnCount = blockCount * columnsOfBlock;
    int64_t column = 0;
    if (queries == 1)
        scoreColumns<queries, 8>(rows, q, blocks, scores, column, columnCount);
    if (queries <= 2)
        scoreColumns<queries, 4>(rows, q, blocks, scores, column, columnCount);
    scoreColumns<queries, 2>(rows, q, blocks, scores, column, columnCount);
    scoreColumns<queries, 1>(rows, q, blocks, scores, column, columnCount);
}

// What one query sees of a block.
struct VisiblePart {
    int64_t begin;
    int64_t end;
};

// The first place of a block that a query of a window sees: from 0, up to all 16 hidden.
inline int64_t firstVisible(const WindowRows& window, int64_t query, int64_t block)
{
    const int64_t first = block < window.edgeBlocks ? window.firstPlaces[query] - block * blockTokens : 0;
    return first < 0 ? 0 : first > blockTokens ? blockTokens : first;
}

inline VisiblePart visiblePart(const AttentionRows& rows, int64_t query, int64_t block)
{
    const bool last = block + 1 == rows.blockCount;
    return {firstVisible(rows.window, query, block), last ? rows.lastTokens[query] : rows.blocks[block].tokens};
}

inline void hideOthers(float* scores, VisiblePart part)
{
    for (int64_t t = 0; t < part.begin; ++t)
        scores[t] = -__builtin_inff();
    for (int64_t t = part.end; t < blockTokens; ++t)
        scores[t] = -__builtin_inff();
}

// Turns scores into exp(score - largest) and adds them to the total. A query may see nothing of the first chunk: its
// sums stay 0, and its largest score minus infinity.
inline void softmaxChunk(ChunkState& state, int i, int64_t columns, bool first)
{
    float* scores = state.scores + i * chunkTokens;
    Vec most = load(scores);
    for (int64_t c = 1; c < columns; ++c)
        most = maximum(most, load(scores + c * lanes));
    const float before = state.largest[i];
    const float chunkLargest = largest(most);
    const float now = first || chunkLargest > before ? chunkLargest : before;
    state.largest[i] = now;
    const float shift = now == -__builtin_inff() ? 0.0f : now;
    Vec total = zero();
    if (!first) {
        float factors[lanes];
        store(factors, exponential(broadcast(before - shift)));
        state.factor[i] = factors[0];
        total = state.total[i] * broadcast(factors[0]);
    }
    for (int64_t c = 0; c < columns; ++c) {
        const Vec p = exponential(load(scores + c * lanes) - broadcast(shift));
        store(scores + c * lanes, p);
        total += p;
    }
    state.total[i] = total;
}

template <int queries, int vecs>
struct ValueSums {
    Vec even[queries][vecs];
    Vec odd[queries][vecs];
};

template <int queries, int vecs>
inline void addToken(Vec (&sums)[queries][vecs], const float* weights, const float* value)
{
    Vec x[vecs];
#pragma GCC unroll 8
    for (int c = 0; c < vecs; ++c)
        x[c] = load(value + c * lanes);
#pragma GCC unroll 8
    for (int i = 0; i < queries; ++i) {
        const Vec p = broadcast(weights[i * chunkTokens]);
#pragma GCC unroll 8
        for (int c = 0; c < vecs; ++c)
            sums[i][c] = multiplyAdd(p, x[c], sums[i][c]);
    }
}

// Tokens [0, end) of a block that all queries see whole.
template <int queries, int vecs>
inline void addTokens(
    ValueSums<queries, vecs>& sums, const float* weights, const float* values, int64_t stride, int64_t end)
{
    int64_t t = 0;
    for (; t + 2 <= end; t += 2) {
        addToken(sums.even, weights + t, values + t * stride);
        addToken(sums.odd, weights + t + 1, values + (t + 1) * stride);
    }
    if (t < end)
        addToken(sums.even, weights + t, values + t * stride);
}

// The last block and those at the edge of a window, of which queries see different parts. What a query does not see
// must not even be multiplied by 0: old pages may hold anything.
template <int queries, int vecs>
inline void addParts(ValueSums<queries, vecs>& sums, const float* weights, const float* values, int64_t stride,
    const VisiblePart (&parts)[queries])
{
    int64_t hidden = 0;           // tokens before it are hidden from some query
    int64_t common = blockTokens; // tokens from there on as well
    int64_t end = 0;
    for (const VisiblePart& part : parts) {
        hidden = part.begin > hidden ? part.begin : hidden;
        common = part.end < common ? part.end : common;
        end = part.end > end ? part.end : end;
    }
    if (hidden > 0)
        common = 0;
    addTokens(sums, weights, values, stride, common);
    for (int64_t t = common; t < end; ++t) {
        Vec x[vecs];
#pragma GCC unroll 8
        for (int c = 0; c < vecs; ++c)
            x[c] = load(values + t * stride + c * lanes);
#pragma GCC unroll 8
        for (int i = 0; i < queries; ++i) {
            if (t < parts[i].begin || t >= parts[i].end)
                continue;
            const Vec p = broadcast(weights[i * chunkTokens + t]);
#pragma GCC unroll 8
            for (int c = 0; c < vecs; ++c) {
                if (t % 2 == 0)
                    sums.even[i][c] = multiplyAdd(p, x[c], sums.even[i][c]);
                else
                    sums.odd[i][c] = multiplyAdd(p, x[c], sums.odd[i][c]);
            }
        }
    }
}

// Adds the values of one chunk, weighted; channels [begin, begin + vecs * lanes) of queries [first, first + queries)
template <int queries, int vecs>
inline void valueTile(const AttentionRows& rows, ChunkState& state, int64_t query, int first, int64_t begin,
    int64_t chunk, int64_t chunkEnd)
{
    const int64_t stride = rows.layout.valueStride;
    const float* weights = state.scores + first * chunkTokens;
    float* kept = state.sums + first * 2 * stride + begin;
    ValueSums<queries, vecs> sums;
#pragma GCC unroll 8
    for (int i = 0; i < queries; ++i) {
#pragma GCC unroll 8
        for (int c = 0; c < vecs; ++c) {
            sums.even[i][c] = zero();
            sums.odd[i][c] = zero();
            if (chunk != 0) {
                const Vec factor = broadcast(state.factor[first + i]);
                sums.even[i][c] = load(kept + i * 2 * stride + c * lanes) * factor;
                sums.odd[i][c] = load(kept + (i * 2 + 1) * stride + c * lanes) * factor;
            }
        }
    }
    const bool last = chunkEnd == rows.blockCount;
    for (int64_t b = chunk; b < chunkEnd; ++b, weights += blockTokens) {
        const float* values = rows.blocks[b].data + rows.layout.headDim * blockTokens + begin;
        if (b + 1 == rows.blockCount || b < rows.window.edgeBlocks) {
            VisiblePart parts[queries];
            for (int i = 0; i < queries; ++i)
                parts[i] = visiblePart(rows, query + first + i, b);
            addParts(sums, weights, values, stride, parts);
            continue;
        }
        addTokens(sums, weights, values, stride, rows.blocks[b].tokens);
    }
    if (!last) {
#pragma GCC unroll 8
        for (int i = 0; i < queries; ++i) {
#pragma GCC unroll 8
            for (int c = 0; c < vecs; ++c) {
                store(kept + i * 2 * stride + c * lanes, sums.even[i][c]);
                store(kept + (i * 2 + 1) * stride + c * lanes, sums.odd[i][c]);
            }
        }
        return;
    }
    const int64_t channels = rows.layout.headDim - begin;
#pragma GCC unroll 8
    for (int i = 0; i < queries; ++i) {
        const Vec share = broadcast(1.0f / sum(state.total[first + i]));
#pragma GCC unroll 8
        for (int c = 0; c < vecs; ++c) {
            const Vec result = (sums.even[i][c] + sums.odd[i][c]) * share;
            const int64_t left = channels - c * lanes;
            float* out = rows.out[query + first + i] + begin + c * lanes;
            if (left >= lanes)
                store(out, result);
            else
                store(out, result, left);
        }
    }
}

template <int queries>
inline void valueChunk(
    const AttentionRows& rows, ChunkState& state, int64_t query, int first, int64_t chunk, int64_t chunkEnd)
{
    const int64_t vecs = (rows.layout.headDim + lanes - 1) / lanes;
    int64_t v = 0;
    if (queries == 1) {
        for (; v + 4 <= vecs; v += 4)
            valueTile<queries, 4>(rows, state, query, first, v * lanes, chunk, chunkEnd);
    }
    for (; v + 2 <= vecs; v += 2)
        valueTile<queries, 2>(rows, state, query, first, v * lanes, chunk, chunkEnd);
    for (; v < vecs; ++v)
        valueTile<queries, 1>(rows, state, query, first, v * lanes, chunk, chunkEnd);
}

// Queries [query, query + queries).
template <int queries>
inline void attendTile(const AttentionRows& rows, int64_t query)
{
    ChunkState state;
    for (Vec& total : state.total)
        total = zero();
    state.scores = rows.scratch;
    state.sums = rows.scratch + tileQueries * chunkTokens;
    // Chunks end where they would without a window: what a query gets does not depend on where the list begins.
    int64_t chunkEnd = 0;
    for (int64_t chunk = 0; chunk < rows.blockCount; chunk = chunkEnd) {
        chunkEnd = chunk + chunkBlocks - (rows.window.firstBlock + chunk) % chunkBlocks;
        chunkEnd = chunkEnd < rows.blockCount ? chunkEnd : rows.blockCount;
        const int64_t columns = (chunkEnd - chunk) * columnsOfBlock;
        scoreChunk<queries>(rows, rows.q + query, rows.blocks + chunk, chunkEnd - chunk, state.scores);
        for (int i = 0; i < queries; ++i) {
            for (int64_t b = chunk; b < chunkEnd; ++b)
                hideOthers(state.scores + i * chunkTokens + (b - chunk) * blockTokens, visiblePart(rows, query + i, b));
            softmaxChunk(state, i, columns, chunk == 0);
        }
        constexpr int together = queries < valueQueries ? queries : valueQueries;
        for (int first = 0; first < queries; first += together)
            valueChunk<together>(rows, state, query, first, chunk, chunkEnd);
    }
    if (rows.lse != nullptr) {
        for (int i = 0; i < queries; ++i)
            *rows.lse[query + i] = state.largest[i] + __builtin_logf(sum(state.total[i]));
    }
}

void attendRows(const AttentionRows& rows)
{
    int64_t query = 0;
    for (; query + 4 <= rows.queries; query += 4)
        attendTile<4>(rows, query);
    for (; query + 2 <= rows.queries; query += 2)
        attendTile<2>(rows, query);
    for (; query < rows.queries; ++query)
        attendTile<1>(rows, query);
}

// At most 16 rows or columns at a time, so that the list of rows is short.
void transpose(float* to, int64_t toStride, const float* from, int64_t fromStride, int64_t rows, int64_t columns)
{
    const float* list[blockTokens];
    for (int64_t first = 0; first < rows; first += blockTokens) {
        const int64_t count = rows - first < blockTokens ? rows - first : blockTokens;
        for (int64_t r = 0; r < count; ++r)
            list[r] = from + (first + r) * fromStride;
        copyTransposed(to + first, toStride, list, count, columns);
    }
}

void clear(float* to, int64_t count)
{
    for (int64_t i = 0; i < count; i += lanes)
        store(to + i, zero());
}

void packTokens(float* block, const HeadLayout& layout, const TokenRows& rows)
{
    if (rows.tokens < blockTokens)
        clear(block, layout.headDim * blockTokens);
    transpose(block, blockTokens, rows.keys, rows.keyStride, rows.tokens, layout.headDim);
    float* values = block + layout.headDim * blockTokens;
    for (int64_t t = 0; t < blockTokens; ++t, values += layout.valueStride) {
        for (int64_t d = 0; d < layout.valueStride; d += lanes) {
            const int64_t left = t < rows.tokens ? layout.headDim - d : 0;
            const float* value = rows.values + t * rows.valueStride + d;
            store(values + d, left >= lanes ? load(value) : left > 0 ? load(value, left) : zero());
        }
    }
}

} // namespace
} // namespace ahascope::kernels
