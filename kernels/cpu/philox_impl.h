// Philox4x32-10 (kernels/philox.h) for as many counters at once as a vector has lanes. The same rules as for simd.h.
#pragma once

#include "kernels/cpu/vector_math.h"

namespace ahascope::kernels {
namespace {

#if defined(__AVX512F__)

struct Words {
    __m512i v;
};

inline Words broadcastWord(uint32_t x)
{
    return {_mm512_set1_epi32(static_cast<int>(x))};
}
inline Words loadWords(const uint32_t* p)
{
    return {_mm512_loadu_si512(p)};
}
inline void storeWords(uint32_t* p, Words a)
{
    _mm512_storeu_si512(p, a.v);
}
inline Words operator+(Words a, Words b)
{
    return {_mm512_add_epi32(a.v, b.v)};
}
inline Words operator^(Words a, Words b)
{
    return {_mm512_xor_si512(a.v, b.v)};
}
// The upper and lower halves of a * factor
inline void multiplyWide(Words a, uint32_t factor, Words& high, Words& low)
{
    const __m512i b = _mm512_set1_epi32(static_cast<int>(factor));
    const __m512i even = _mm512_mul_epu32(a.v, b);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a.v, 32), b);
    high.v = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
    low.v = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
}
// Every four neighbouring lanes of a, b, c, d are a 4x4 matrix with these as rows; it is transposed.
inline void transposeQuarters(Words& a, Words& b, Words& c, Words& d)
{
    const __m512i ab0 = _mm512_unpacklo_epi32(a.v, b.v);
    const __m512i ab1 = _mm512_unpackhi_epi32(a.v, b.v);
    const __m512i cd0 = _mm512_unpacklo_epi32(c.v, d.v);
    const __m512i cd1 = _mm512_unpackhi_epi32(c.v, d.v);
    a.v = _mm512_unpacklo_epi64(ab0, cd0);
    b.v = _mm512_unpackhi_epi64(ab0, cd0);
    c.v = _mm512_unpacklo_epi64(ab1, cd1);
    d.v = _mm512_unpackhi_epi64(ab1, cd1);
}
inline Vec upperHalf(Words x)
{
    return {_mm512_cvtepi32_ps(_mm512_srli_epi32(x.v, 16))};
}
inline Vec lowerHalf(Words x)
{
    return {_mm512_cvtepi32_ps(_mm512_and_si512(x.v, _mm512_set1_epi32(0xffff)))};
}

#elif defined(__AVX2__)

struct Words {
    __m256i v;
};

inline Words broadcastWord(uint32_t x)
{
    return {_mm256_set1_epi32(static_cast<int>(x))};
}
inline Words loadWords(const uint32_t* p)
{
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
inline void storeWords(uint32_t* p, Words a)
{
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v);
}
inline Words operator+(Words a, Words b)
{
    return {_mm256_add_epi32(a.v, b.v)};
}
inline Words operator^(Words a, Words b)
{
    return {_mm256_xor_si256(a.v, b.v)};
}
// The upper and lower halves of a * factor
inline void multiplyWide(Words a, uint32_t factor, Words& high, Words& low)
{
    const __m256i b = _mm256_set1_epi32(static_cast<int>(factor));
    const __m256i even = _mm256_mul_epu32(a.v, b);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a.v, 32), b);
    high.v = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    low.v = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}
// Every four neighbouring lanes of a, b, c, d are a 4x4 matrix with these as rows; it is transposed.
inline void transposeQuarters(Words& a, Words& b, Words& c, Words& d)
{
    const __m256i ab0 = _mm256_unpacklo_epi32(a.v, b.v);
    const __m256i ab1 = _mm256_unpackhi_epi32(a.v, b.v);
    const __m256i cd0 = _mm256_unpacklo_epi32(c.v, d.v);
    const __m256i cd1 = _mm256_unpackhi_epi32(c.v, d.v);
    a.v = _mm256_unpacklo_epi64(ab0, cd0);
    b.v = _mm256_unpackhi_epi64(ab0, cd0);
    c.v = _mm256_unpacklo_epi64(ab1, cd1);
    d.v = _mm256_unpackhi_epi64(ab1, cd1);
}
inline Vec upperHalf(Words x)
{
    return {_mm256_cvtepi32_ps(_mm256_srli_epi32(x.v, 16))};
}
inline Vec lowerHalf(Words x)
{
    return {_mm256_cvtepi32_ps(_mm256_and_si256(x.v, _mm256_set1_epi32(0xffff)))};
}

#else

typedef uint32_t Words4 __attribute__((vector_size(16)));
typedef uint64_t Longs4 __attribute__((vector_size(32)));
struct Words {
    Words4 v;
};

inline Words broadcastWord(uint32_t x)
{
    return {Words4{x, x, x, x}};
}
inline Words loadWords(const uint32_t* p)
{
    Words a;
    __builtin_memcpy(&a.v, p, sizeof a.v);
    return a;
}
inline void storeWords(uint32_t* p, Words a)
{
    __builtin_memcpy(p, &a.v, sizeof a.v);
}
inline Words operator+(Words a, Words b)
{
    return {a.v + b.v};
}
inline Words operator^(Words a, Words b)
{
    return {a.v ^ b.v};
}
// The upper and lower halves of a * factor
inline void multiplyWide(Words a, uint32_t factor, Words& high, Words& low)
{
    for (int i = 0; i < lanes; ++i) {
        const uint64_t product = uint64_t(a.v[i]) * factor;
        high.v[i] = static_cast<uint32_t>(product >> 32);
        low.v[i] = static_cast<uint32_t>(product);
    }
}
// a, b, c, d are the rows of a 4x4 matrix; it is transposed.
inline void transposeQuarters(Words& a, Words& b, Words& c, Words& d)
{
    const Words4 ab0 = {a.v[0], b.v[0], a.v[1], b.v[1]};
    const Words4 ab1 = {a.v[2], b.v[2], a.v[3], b.v[3]};
    const Words4 cd0 = {c.v[0], d.v[0], c.v[1], d.v[1]};
    const Words4 cd1 = {c.v[2], d.v[2], c.v[3], d.v[3]};
    a.v = Words4{ab0[0], ab0[1], cd0[0], cd0[1]};
    b.v = Words4{ab0[2], ab0[3], cd0[2], cd0[3]};
    c.v = Words4{ab1[0], ab1[1], cd1[0], cd1[1]};
    d.v = Words4{ab1[2], ab1[3], cd1[2], cd1[3]};
}
inline Vec upperHalf(Words x)
{
    return {__builtin_convertvector(reinterpret_cast<Ints4>(x.v >> 16), Floats4)};
}
inline Vec lowerHalf(Words x)
{
    return {__builtin_convertvector(reinterpret_cast<Ints4>(x.v & 0xffffu), Floats4)};
}

#endif

// exponentialFromBits() of kernels/philox.h: -log(1 - w). What the rounding of u = 1 - w takes away is added again, so
// that small w, the ones that win, keep their precision.
inline Vec exponentialNumber(Words bits)
{
    const Vec low = (lowerHalf(bits) + broadcast(0.5f)) * broadcast(0x1p-32f);
    const Vec w = minimum(broadcast(1.0f - 0x1p-24f), multiplyAdd(upperHalf(bits), broadcast(0x1p-16f), low));
    const Vec u = broadcast(1.0f) - w;
    const Vec lost = broadcast(1.0f) - u - w;
    return zero() - (naturalLog(u) + lost);
}

// The words of counters (counter, ...), (counter + 1, ...) ... in order, 4 of each: 4 * lanes of them.
struct RandomWords {
    Words part[4];
};

inline RandomWords randomWords(uint32_t counter, uint32_t second, uint32_t fourth, const uint32_t* key)
{
    // Lane 4 k + i works on counter i * quarters + k, so that transposing puts the words in order.
    static const uint32_t offsets16[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
    static const uint32_t offsets8[8] = {0, 2, 4, 6, 1, 3, 5, 7};
    static const uint32_t offsets4[4] = {0, 1, 2, 3};
    const uint32_t* offsets = lanes == 16 ? offsets16 : lanes == 8 ? offsets8 : offsets4;
    Words c0 = broadcastWord(counter) + loadWords(offsets);
    Words c1 = broadcastWord(second);
    Words c2 = broadcastWord(0);
    Words c3 = broadcastWord(fourth);
    uint32_t key0 = key[0];
    uint32_t key1 = key[1];
    for (int round = 0; round < 10; ++round) {
        Words high0, low0, high1, low1;
        multiplyWide(c0, 0xD2511F53, high0, low0);
        multiplyWide(c2, 0xCD9E8D57, high1, low1);
        c0 = high1 ^ c1 ^ broadcastWord(key0);
        c1 = low1;
        c2 = high0 ^ c3 ^ broadcastWord(key1);
        c3 = low0;
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
    transposeQuarters(c0, c1, c2, c3);
    return {{c0, c1, c2, c3}};
}

// The exponential numbers of the 4 * lanes tokens that follow token 4 * counter.
struct ExponentialNumbers {
    Vec part[4];
};

inline ExponentialNumbers exponentialNumbers(uint32_t counter, uint32_t position, const uint32_t* key)
{
    const RandomWords words = randomWords(counter, position, 0, key);
    return {{exponentialNumber(words.part[0]), exponentialNumber(words.part[1]), exponentialNumber(words.part[2]),
        exponentialNumber(words.part[3])}};
}

} // namespace
} // namespace ahascope::kernels
