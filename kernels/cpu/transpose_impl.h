// Transposed copies by square tiles of as many rows as a vector has lanes. The same rules as for simd.h.
#pragma once

#include "kernels/cpu/simd.h"

namespace ahascope::kernels {
namespace {

// In place: lane j of x[i] changes places with lane i of x[j].
inline void transposeTile(Vec (&x)[lanes])
{
#if defined(__AVX512F__)
    __m512 y[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) { // pairs of rows, within quarters
        y[2 * i] = _mm512_unpacklo_ps(x[2 * i].v, x[2 * i + 1].v);
        y[2 * i + 1] = _mm512_unpackhi_ps(x[2 * i].v, x[2 * i + 1].v);
    }
    __m512 z[16];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) { // fours of rows, within quarters: z[i + c] holds columns c, 4 + c, 8 + c, 12 + c
        z[i] = _mm512_shuffle_ps(y[i], y[i + 2], 0x44);
        z[i + 1] = _mm512_shuffle_ps(y[i], y[i + 2], 0xEE);
        z[i + 2] = _mm512_shuffle_ps(y[i + 1], y[i + 3], 0x44);
        z[i + 3] = _mm512_shuffle_ps(y[i + 1], y[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) { // quarters
        const __m512 even0 = _mm512_shuffle_f32x4(z[c], z[4 + c], 0x88);
        const __m512 even1 = _mm512_shuffle_f32x4(z[8 + c], z[12 + c], 0x88);
        const __m512 odd0 = _mm512_shuffle_f32x4(z[c], z[4 + c], 0xDD);
        const __m512 odd1 = _mm512_shuffle_f32x4(z[8 + c], z[12 + c], 0xDD);
        x[c].v = _mm512_shuffle_f32x4(even0, even1, 0x88);
        x[4 + c].v = _mm512_shuffle_f32x4(odd0, odd1, 0x88);
        x[8 + c].v = _mm512_shuffle_f32x4(even0, even1, 0xDD);
        x[12 + c].v = _mm512_shuffle_f32x4(odd0, odd1, 0xDD);
    }
#elif defined(__AVX2__)
    __m256 y[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        y[2 * i] = _mm256_unpacklo_ps(x[2 * i].v, x[2 * i + 1].v);
        y[2 * i + 1] = _mm256_unpackhi_ps(x[2 * i].v, x[2 * i + 1].v);
    }
    __m256 z[8];
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        z[i] = _mm256_shuffle_ps(y[i], y[i + 2], 0x44);
        z[i + 1] = _mm256_shuffle_ps(y[i], y[i + 2], 0xEE);
        z[i + 2] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0x44);
        z[i + 3] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
        x[c].v = _mm256_permute2f128_ps(z[c], z[4 + c], 0x20);
        x[4 + c].v = _mm256_permute2f128_ps(z[c], z[4 + c], 0x31);
    }
#else
    const Floats4 low01 = {x[0].v[0], x[1].v[0], x[0].v[1], x[1].v[1]};
    const Floats4 high01 = {x[0].v[2], x[1].v[2], x[0].v[3], x[1].v[3]};
    const Floats4 low23 = {x[2].v[0], x[3].v[0], x[2].v[1], x[3].v[1]};
    const Floats4 high23 = {x[2].v[2], x[3].v[2], x[2].v[3], x[3].v[3]};
    x[0].v = Floats4{low01[0], low01[1], low23[0], low23[1]};
    x[1].v = Floats4{low01[2], low01[3], low23[2], low23[3]};
    x[2].v = Floats4{high01[0], high01[1], high23[0], high23[1]};
    x[3].v = Floats4{high01[2], high01[3], high23[2], high23[3]};
#endif
}

// to[c * stride + r] = rows[r][column + c] for r < rowCount and c < columnCount, both at most `lanes`.
inline void copyTileTransposed(
    float* to, int64_t stride, const float* const* rows, int64_t rowCount, int64_t column, int64_t columnCount)
{
    Vec x[lanes];
#pragma GCC unroll 16
    for (int r = 0; r < lanes; ++r) {
        x[r] = zero();
        if (r < rowCount)
            x[r] = columnCount == lanes ? load(rows[r] + column) : load(rows[r] + column, columnCount);
    }
    transposeTile(x);
#pragma GCC unroll 16
    for (int c = 0; c < lanes; ++c) {
        if (c >= columnCount)
            break;
        if (rowCount == lanes)
            store(to + c * stride, x[c]);
        else
            store(to + c * stride, x[c], rowCount);
    }
}

// to[c * stride + r] = rows[r][c]
inline void copyTransposed(float* to, int64_t stride, const float* const* rows, int64_t rowCount, int64_t columnCount)
{
    for (int64_t r = 0; r < rowCount; r += lanes) {
        for (int64_t c = 0; c < columnCount; c += lanes)
            copyTileTransposed(to + c * stride + r, stride, rows + r, rowCount - r < lanes ? rowCount - r : lanes, c,
                columnCount - c < lanes ? columnCount - c : lanes);
    }
}

} // namespace
} // namespace ahascope::kernels
