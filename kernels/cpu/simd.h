// Vectors of floats for the instruction set that the including file is compiled for.
//
// Only for files named *_avx512.cpp, *_avx2.cpp and *_baseline.cpp, which are compiled with flags of their own. The
// same code is there three times under three names: everything here has internal linkage, and such a file includes
// nothing that defines an inline function (no std template, no tensor.h): the linker keeps one copy of an inline
// function for the whole program, and it might be the one that this processor cannot run.
//
// A Vec holds `lanes` floats. Partial loads and stores touch the first n floats only; lanes not loaded are 0.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace ahascope::kernels {
namespace {

#if defined(__AVX512F__)

constexpr int lanes = 16;
struct Vec {
    __m512 v;
};
using Mask = __mmask16;

inline __mmask16 firstLanes(int64_t n)
{
    return static_cast<__mmask16>((1u << n) - 1u);
}
inline Vec load(const float* p)
{
    return {_mm512_loadu_ps(p)};
}
inline Vec load(const float* p, int64_t n)
{
    return {_mm512_maskz_loadu_ps(firstLanes(n), p)};
}
// BF16 values
inline Vec widen(const uint16_t* p)
{
    const __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(words, 16))};
}
inline void store(float* p, Vec a)
{
    _mm512_storeu_ps(p, a.v);
}
inline void store(float* p, Vec a, int64_t n)
{
    _mm512_mask_storeu_ps(p, firstLanes(n), a.v);
}
inline Vec broadcast(float x)
{
    return {_mm512_set1_ps(x)};
}
inline Vec operator+(Vec a, Vec b)
{
    return {_mm512_add_ps(a.v, b.v)};
}
inline Vec operator-(Vec a, Vec b)
{
    return {_mm512_sub_ps(a.v, b.v)};
}
inline Vec operator*(Vec a, Vec b)
{
    return {_mm512_mul_ps(a.v, b.v)};
}
inline Vec operator/(Vec a, Vec b)
{
    return {_mm512_div_ps(a.v, b.v)};
}
inline Vec multiplyAdd(Vec a, Vec b, Vec c)
{
    return {_mm512_fmadd_ps(a.v, b.v, c.v)};
} // a * b + c
inline Vec squareRoot(Vec a)
{
    return {_mm512_sqrt_ps(a.v)};
}
// The second argument where either is NaN.
inline Vec minimum(Vec a, Vec b)
{
    return {_mm512_min_ps(a.v, b.v)};
}
inline Vec maximum(Vec a, Vec b)
{
    return {_mm512_max_ps(a.v, b.v)};
}
inline Mask less(Vec a, Vec b)
{
    return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ);
}
inline Vec select(Mask m, Vec yes, Vec no)
{
    return {_mm512_mask_blend_ps(m, no.v, yes.v)};
}
// x * 2^n for whole numbers n
inline Vec scaleByPowerOf2(Vec x, Vec n)
{
    return {_mm512_scalef_ps(x.v, n.v)};
}
// Splits positive normal x = m * 2^e with m in [1, 2)
inline Vec mantissa(Vec x)
{
    return {_mm512_getmant_ps(x.v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero)};
}
inline Vec exponent(Vec x)
{
    return {_mm512_getexp_ps(x.v)};
}

#elif defined(__AVX2__)

constexpr int lanes = 8;
struct Vec {
    __m256 v;
};
using Mask = Vec;

inline __m256i firstLanes(int64_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline Vec load(const float* p)
{
    return {_mm256_loadu_ps(p)};
}
inline Vec load(const float* p, int64_t n)
{
    return {_mm256_maskload_ps(p, firstLanes(n))};
}
// BF16 values
inline Vec widen(const uint16_t* p)
{
    const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(words, 16))};
}
inline void store(float* p, Vec a)
{
    _mm256_storeu_ps(p, a.v);
}
// In pieces: a masked store takes some dozens of steps on AMD's processors.
inline void store(float* p, Vec a, int64_t n)
{
    if (n >= 8) {
        _mm256_storeu_ps(p, a.v);
        return;
    }
    __m128 four = _mm256_castps256_ps128(a.v);
    if (n >= 4) {
        _mm_storeu_ps(p, four);
        four = _mm256_extractf128_ps(a.v, 1);
        p += 4;
        n -= 4;
    }
    if (n >= 2) {
        _mm_storel_pi(reinterpret_cast<__m64*>(p), four);
        four = _mm_movehl_ps(four, four);
        p += 2;
        n -= 2;
    }
    if (n > 0)
        _mm_store_ss(p, four);
}
inline Vec broadcast(float x)
{
    return {_mm256_set1_ps(x)};
}
inline Vec operator+(Vec a, Vec b)
{
    return {_mm256_add_ps(a.v, b.v)};
}
inline Vec operator-(Vec a, Vec b)
{
    return {_mm256_sub_ps(a.v, b.v)};
}
inline Vec operator*(Vec a, Vec b)
{
    return {_mm256_mul_ps(a.v, b.v)};
}
inline Vec operator/(Vec a, Vec b)
{
    return {_mm256_div_ps(a.v, b.v)};
}
inline Vec multiplyAdd(Vec a, Vec b, Vec c)
{
    return {_mm256_fmadd_ps(a.v, b.v, c.v)};
} // a * b + c
inline Vec squareRoot(Vec a)
{
    return {_mm256_sqrt_ps(a.v)};
}
// The second argument where either is NaN.
inline Vec minimum(Vec a, Vec b)
{
    return {_mm256_min_ps(a.v, b.v)};
}
inline Vec maximum(Vec a, Vec b)
{
    return {_mm256_max_ps(a.v, b.v)};
}
inline Mask less(Vec a, Vec b)
{
    return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)};
}
inline Vec select(Mask m, Vec yes, Vec no)
{
    return {_mm256_blendv_ps(no.v, yes.v, m.v)};
}
inline __m256 powerOf2(__m256i n)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
// x * 2^n for whole numbers n in [-252, 254]; in two steps, since 2^n alone may be out of range
inline Vec scaleByPowerOf2(Vec x, Vec n)
{
    const __m256i all = _mm256_cvtps_epi32(n.v);
    const __m256i half = _mm256_srai_epi32(all, 1);
    return {_mm256_mul_ps(_mm256_mul_ps(x.v, powerOf2(half)), powerOf2(_mm256_sub_epi32(all, half)))};
}
// Splits positive normal x = m * 2^e with m in [1, 2)
inline Vec mantissa(Vec x)
{
    const __m256i bits = _mm256_and_si256(_mm256_castps_si256(x.v), _mm256_set1_epi32(0x007fffff));
    return {_mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x3f800000)))};
}
inline Vec exponent(Vec x)
{
    const __m256i raw = _mm256_srli_epi32(_mm256_castps_si256(x.v), 23);
    return {_mm256_cvtepi32_ps(_mm256_sub_epi32(raw, _mm256_set1_epi32(127)))};
}

#else

constexpr int lanes = 4;
typedef float Floats4 __attribute__((vector_size(16)));
typedef int32_t Ints4 __attribute__((vector_size(16)));
struct Vec {
    Floats4 v;
};
using Mask = Ints4;

inline Vec load(const float* p)
{
    Vec a;
    __builtin_memcpy(&a.v, p, sizeof a.v);
    return a;
}
inline Vec load(const float* p, int64_t n)
{
    Vec a = {Floats4{0.0f, 0.0f, 0.0f, 0.0f}};
    for (int64_t i = 0; i < n; ++i)
        a.v[i] = p[i];
    return a;
}
// BF16 values
inline Vec widen(const uint16_t* p)
{
    const Ints4 words = {p[0], p[1], p[2], p[3]};
    return {reinterpret_cast<Floats4>(words << 16)};
}
inline void store(float* p, Vec a)
{
    __builtin_memcpy(p, &a.v, sizeof a.v);
}
inline void store(float* p, Vec a, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        p[i] = a.v[i];
}
inline Vec broadcast(float x)
{
    return {Floats4{x, x, x, x}};
}
inline Vec operator+(Vec a, Vec b)
{
    return {a.v + b.v};
}
inline Vec operator-(Vec a, Vec b)
{
    return {a.v - b.v};
}
inline Vec operator*(Vec a, Vec b)
{
    return {a.v * b.v};
}
inline Vec operator/(Vec a, Vec b)
{
    return {a.v / b.v};
}
inline Vec multiplyAdd(Vec a, Vec b, Vec c)
{
    return {a.v * b.v + c.v};
} // a * b + c, rounded twice
inline Vec squareRoot(Vec a)
{
    for (int i = 0; i < lanes; ++i)
        a.v[i] = __builtin_sqrtf(a.v[i]);
    return a;
}
// The second argument where either is NaN.
inline Vec minimum(Vec a, Vec b)
{
    return {a.v < b.v ? a.v : b.v};
}
inline Vec maximum(Vec a, Vec b)
{
    return {a.v > b.v ? a.v : b.v};
}
inline Mask less(Vec a, Vec b)
{
    return a.v < b.v;
}
inline Vec select(Mask m, Vec yes, Vec no)
{
    return {m ? yes.v : no.v};
}
inline Floats4 powerOf2(Ints4 n)
{
    return reinterpret_cast<Floats4>((n + 127) << 23);
}
// x * 2^n for whole numbers n in [-252, 254]; in two steps, since 2^n alone may be out of range
inline Vec scaleByPowerOf2(Vec x, Vec n)
{
    const Ints4 all = __builtin_convertvector(n.v, Ints4);
    const Ints4 half = all >> 1;
    return {x.v * powerOf2(half) * powerOf2(all - half)};
}
// Splits positive normal x = m * 2^e with m in [1, 2)
inline Vec mantissa(Vec x)
{
    return {reinterpret_cast<Floats4>((reinterpret_cast<Ints4>(x.v) & 0x007fffff) | 0x3f800000)};
}
inline Vec exponent(Vec x)
{
    return {__builtin_convertvector((reinterpret_cast<Ints4>(x.v) >> 23) - 127, Floats4)};
}

#endif

inline Vec zero()
{
    return broadcast(0.0f);
}
inline Vec& operator+=(Vec& a, Vec b)
{
    return a = a + b;
}

// Sum and largest of all lanes, in halves (lane i and lane i + half): an order that does not depend on the data.
#if defined(__AVX512F__) || defined(__AVX2__)

inline __m256 lowerAndUpper(Vec a, __m256& upper)
{
#if defined(__AVX512F__)
    upper = _mm512_extractf32x8_ps(a.v, 1);
    return _mm512_castps512_ps256(a.v);
#else
    upper = a.v;
    return a.v;
#endif
}
inline float sum(Vec a)
{
    __m256 upper;
    __m256 eight = lowerAndUpper(a, upper);
    if (lanes == 16)
        eight = _mm256_add_ps(eight, upper);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float largest(Vec a)
{
    __m256 upper;
    __m256 eight = lowerAndUpper(a, upper);
    if (lanes == 16)
        eight = _mm256_max_ps(eight, upper);
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

#else

inline float sum(Vec a)
{
    return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]);
}
inline float largest(Vec a)
{
    const float even = a.v[0] > a.v[2] ? a.v[0] : a.v[2];
    const float odd = a.v[1] > a.v[3] ? a.v[1] : a.v[3];
    return even > odd ? even : odd;
}

#endif

} // namespace
} // namespace ahascope::kernels
