// The instructions of kernels/cuda/machine.cuh, carried out lane by lane as the PTX manual describes them ("Matrix
// Fragments for mma.m16n8k16", "ldmatrix").
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "cuda_runtime.h"
#include "kernels/bf16.h"

namespace ahascope::kernels::cuda {

template <class T>
T* dynamicShared()
{
    return reinterpret_cast<T*>(emulation::dynamicShared());
}

inline float halfOf(std::uint32_t word, unsigned upper)
{
    return fromBf16(static_cast<std::uint16_t>(upper != 0 ? word >> 16 : word));
}

// a: lane l holds rows l/4 and l/4 + 8; register r: row + 8 * (r % 2), columns 2 * (l % 4) + 8 * (r / 2) and the next.
// b: register r: column l/4, rows 2 * (l % 4) + 8 * r and the next. d: rows as a, columns 2 * (l % 4) and the next.
inline void multiplyAdd(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2])
{
    const std::uint32_t words[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
    const emulation::Lanes& all = emulation::meet(emulation::Rendezvous::Product, words, 6);
    const unsigned lane = emulation::lane();
    for (unsigned i = 0; i < 4; ++i) {
        const unsigned row = lane / 4 + 8 * (i / 2);
        const unsigned column = 2 * (lane % 4) + i % 2;
        float sum = 0.0f;
        for (unsigned k = 0; k < 16; ++k) {
            const unsigned aLane = (row % 8) * 4 + (k % 8) / 2;
            const unsigned bLane = column * 4 + (k % 8) / 2;
            sum += halfOf(all.words[aLane][row / 8 + 2 * (k / 8)], k % 2) * halfOf(all.words[bLane][4 + k / 8], k % 2);
        }
        d[i] += sum;
    }
}

// Matrix i of 8 x 8 halves has its rows where lanes 8 i .. 8 i + 7 point; lane l gets of each row l/4, columns
// 2 * (l % 4) and the next, or of the transposed matrix.
template <bool transposed>
void loadFour(std::uint32_t (&to)[4], const void* row)
{
    std::uint32_t words[2];
    std::memcpy(words, &row, sizeof row);
    const emulation::Lanes& all = emulation::meet(emulation::Rendezvous::Matrices, words, 2);
    const unsigned lane = emulation::lane();
    for (unsigned i = 0; i < 4; ++i) {
        std::uint16_t halves[2];
        for (unsigned j = 0; j < 2; ++j) {
            const unsigned first = lane / 4;
            const unsigned second = 2 * (lane % 4) + j;
            const std::uint16_t* rowOfMatrix;
            std::memcpy(&rowOfMatrix, all.words[8 * i + (transposed ? second : first)], sizeof rowOfMatrix);
            halves[j] = rowOfMatrix[transposed ? first : second];
        }
        to[i] = halves[0] | std::uint32_t{halves[1]} << 16;
    }
}
inline void loadMatrices(std::uint32_t (&to)[4], const void* row)
{
    loadFour<false>(to, row);
}
inline void loadMatricesTransposed(std::uint32_t (&to)[4], const void* row)
{
    loadFour<true>(to, row);
}

inline std::uint32_t packHalves(float low, float high)
{
    return toBf16(low) | std::uint32_t{toBf16(high)} << 16;
}

inline float powerOfTwo(float x)
{
    return std::exp2(x);
}

inline void copyAsync(void* shared, const void* global, bool valid)
{
    emulation::copyLater(shared, valid ? global : nullptr);
}
inline void commitCopies()
{
    emulation::commitCopies();
}
template <int pending>
void waitCopies()
{
    emulation::finishCopies(pending);
}

} // namespace ahascope::kernels::cuda
