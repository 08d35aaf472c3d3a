// Products of tiles on the tensor cores: BF16 rows in shared memory, sums in registers, 16 rows for each warp. Register
// i of tile j of a warp's sums stands at row lane / 4 + 8 (i / 2), column 8 j + 2 (lane % 4) + i % 2.
#pragma once

#include "kernels/cuda/machine.cuh"
#include "kernels/cuda/numbers.cuh"

namespace ahascope::kernels::cuda {

constexpr int tileThreads = 128;
constexpr int warpRows = 16;
constexpr int tileRows = tileThreads / warp * warpRows; // that a block works on

// Rows lie 16 bytes further apart than they need to: the eight rows of a matrix are then in different banks.
template <int columns>
constexpr int tileStride = columns + 8;

constexpr float log2e = 1.4426950408889634f;

struct RowSource {
    const Half* data;
    bool there; // else the row is zeros
};

// Begins to copy `rows` rows by a whole block; rowAt(i) says where row i comes from.
template <int rows, int columns, class RowAt>
__device__ void copyRows(Half* to, const RowAt& rowAt)
{
    constexpr int packs = columns / 8;
    static_assert(rows * packs % tileThreads == 0);
#pragma unroll
    for (int i = 0; i < rows * packs / tileThreads; ++i) {
        const int index = threadIdx.x + i * tileThreads;
        const int column = index % packs * 8;
        const RowSource from = rowAt(index / packs);
        copyAsync(to + index / packs * tileStride<columns> + column, from.data + column, from.there);
    }
}

// A warp's 16 rows of a tile as the left factor, 16 columns from `column` on.
template <int columns>
__device__ void loadLeft(std::uint32_t (&to)[4], const Half* rows, int column)
{
    const int lane = threadIdx.x % warp;
    loadMatrices(to, rows + lane % 16 * tileStride<columns> + column + lane / 16 * 8);
}

// sums += left right^T for 16 of the columns that both have.
template <int columns, int n>
__device__ void addProductOfRows(float (&sums)[n][4], const std::uint32_t (&left)[4], const Half* right, int column)
{
    const int lane = threadIdx.x % warp;
    const Half* const from = right + (lane % 8 + lane / 16 * 8) * tileStride<columns> + column + lane / 8 % 2 * 8;
#pragma unroll
    for (int j = 0; j < n; j += 2) {
        std::uint32_t b[4];
        loadMatrices(b, from + 8 * j * tileStride<columns>);
        multiplyAdd(sums[j], left, {b[0], b[1]});
        multiplyAdd(sums[j + 1], left, {b[2], b[3]});
    }
}

// sums = left right^T, of a warp's 16 rows in registers or in shared memory and 8 n rows of `right`.
template <int columns, int n>
__device__ void productOfRows(float (&sums)[n][4], const std::uint32_t (&left)[columns / 16][4], const Half* right)
{
#pragma unroll
    for (auto& tile : sums)
        tile[0] = tile[1] = tile[2] = tile[3] = 0.0f;
#pragma unroll
    for (int k = 0; k < columns / 16; ++k)
        addProductOfRows<columns>(sums, left[k], right, 16 * k);
}
template <int columns, int n>
__device__ void productOfRows(float (&sums)[n][4], const Half* left, const Half* right)
{
#pragma unroll
    for (auto& tile : sums)
        tile[0] = tile[1] = tile[2] = tile[3] = 0.0f;
#pragma unroll
    for (int k = 0; k < columns / 16; ++k) {
        std::uint32_t a[4];
        loadLeft<columns>(a, left, 16 * k);
        addProductOfRows<columns>(sums, a, right, 16 * k);
    }
}

// sums += left right, where `left` has 8 n columns and is rounded to BF16: the registers of sums are, two tiles
// together, those of a left factor.
template <int columns, int n>
__device__ void addProduct(float (&sums)[columns / 8][4], const float (&left)[n][4], const Half* right)
{
    const int lane = threadIdx.x % warp;
    const Half* const from = right + lane % 16 * tileStride<columns> + lane / 16 * 8;
#pragma unroll
    for (int k = 0; k < n / 2; ++k) {
        const std::uint32_t a[4]
            = {packHalves(left[2 * k][0], left[2 * k][1]), packHalves(left[2 * k][2], left[2 * k][3]),
                packHalves(left[2 * k + 1][0], left[2 * k + 1][1]), packHalves(left[2 * k + 1][2], left[2 * k + 1][3])};
#pragma unroll
        for (int j = 0; j < columns / 8; j += 2) {
            std::uint32_t b[4];
            loadMatricesTransposed(b, from + 16 * k * tileStride<columns> + 8 * j);
            multiplyAdd(sums[j], a, {b[0], b[1]});
            multiplyAdd(sums[j + 1], a, {b[2], b[3]});
        }
    }
}

// Over the four lanes that hold a row of sums.
__device__ inline float largestOfRow(float x)
{
    x = fmaxf(x, __shfl_xor_sync(allLanes, x, 1));
    return fmaxf(x, __shfl_xor_sync(allLanes, x, 2));
}
__device__ inline float sumOfRow(float x)
{
    x += __shfl_xor_sync(allLanes, x, 1);
    return x + __shfl_xor_sync(allLanes, x, 2);
}

// This lane's share of a row of sums (half 0: the upper eight rows of the warp's), times factor.
template <int n>
__device__ void writeRow(Half* to, const float (&sums)[n][4], int half, float factor)
{
    const int column = threadIdx.x % 4 * 2;
#pragma unroll
    for (int j = 0; j < n; ++j)
        *reinterpret_cast<std::uint32_t*>(to + 8 * j + column)
            = packHalves(sums[j][2 * half] * factor, sums[j][2 * half + 1] * factor);
}

template <int n>
__device__ void writeRow(float* to, const float (&sums)[n][4], int half)
{
    const int column = threadIdx.x % 4 * 2;
#pragma unroll
    for (int j = 0; j < n; ++j)
        *reinterpret_cast<float2*>(to + 8 * j + column) = {sums[j][2 * half], sums[j][2 * half + 1]};
}

} // namespace ahascope::kernels::cuda
