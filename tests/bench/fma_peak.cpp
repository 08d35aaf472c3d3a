#include "tests/bench/fma_peak.h"

#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ahascope::bench {

namespace {

constexpr long rounds = 40000;

// Twelve chains cover the latency of every processor so far. The empty assembly keeps each value in a register and
// the compiler from seeing through the loop.
#define CHAINS(STEP) STEP(a) STEP(b) STEP(c) STEP(d) STEP(e) STEP(f) STEP(g) STEP(h) STEP(i) STEP(j) STEP(k) STEP(l)

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void chains512()
{
    __m512 x = _mm512_set1_ps(0.999f);
#define DECLARE(v) __m512 v = x;
    CHAINS(DECLARE)
#undef DECLARE
    for (long n = 0; n < rounds; ++n) {
#define STEP(v)                                                                                                        \
    v = _mm512_fmadd_ps(v, x, x);                                                                                      \
    asm volatile("" : "+v"(v));
        CHAINS(STEP)
#undef STEP
    }
}

__attribute__((target("avx2,fma"))) void chains256()
{
    __m256 x = _mm256_set1_ps(0.999f);
#define DECLARE(v) __m256 v = x;
    CHAINS(DECLARE)
#undef DECLARE
    for (long n = 0; n < rounds; ++n) {
#define STEP(v)                                                                                                        \
    v = _mm256_fmadd_ps(v, x, x);                                                                                      \
    asm volatile("" : "+x"(v));
        CHAINS(STEP)
#undef STEP
    }
}
#endif

typedef float Floats4 __attribute__((vector_size(16)));

void chains128()
{
    Floats4 x = {0.999f, 0.999f, 0.999f, 0.999f};
#define DECLARE(v) Floats4 v = x;
    CHAINS(DECLARE)
#undef DECLARE
    for (long n = 0; n < rounds; ++n) {
#if defined(__x86_64__)
#define STEP(v)                                                                                                        \
    v = v * x + x;                                                                                                     \
    asm volatile("" : "+x"(v));
#else
#define STEP(v)                                                                                                        \
    v = v * x + x;                                                                                                     \
    asm volatile("" : "+w"(v));
#endif
        CHAINS(STEP)
#undef STEP
    }
}

} // namespace

double fmaPeak(kernels::InstructionSet set)
{
    void (*chains)() = chains128;
    double lanes = 4;
#if defined(__x86_64__)
    if (set == kernels::InstructionSet::Avx512) {
        chains = chains512;
        lanes = 16;
    } else if (set == kernels::InstructionSet::Avx2) {
        chains = chains256;
        lanes = 8;
    }
#endif
    double best = 0;
    for (int i = 0; i < 10; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        chains();
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        const double rate = 12.0 * 2.0 * lanes * double(rounds) / seconds / 1e9;
        best = rate > best ? rate : best;
    }
    return best;
}

} // namespace ahascope::bench
