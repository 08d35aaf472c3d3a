// Sums over rows, in an order that does not depend on the device.
#pragma once

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels::cuda {

constexpr int sumRows = 8; // of a block that take turns
constexpr std::int64_t mostSumChunks = 128;

// partial[chunk][column] = sum of term(row, column) over the chunk's rows
template <class Term>
__global__ void partialSumsKernel(
    float* partial, std::int64_t rows, std::int64_t columns, std::int64_t rowsOfChunk, Term term)
{
    __shared__ float room[sumRows][warp];
    const std::int64_t column = std::int64_t(blockIdx.x) * warp + threadIdx.x;
    const std::int64_t begin = blockIdx.y * rowsOfChunk;
    const std::int64_t end = begin + rowsOfChunk < rows ? begin + rowsOfChunk : rows;
    float sum = 0.0f;
    if (column < columns) {
        for (std::int64_t row = begin + threadIdx.y; row < end; row += sumRows)
            sum += term(row, column);
    }
    room[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || column >= columns)
        return;
    for (int i = 1; i < sumRows; ++i)
        sum += room[i][threadIdx.x];
    partial[blockIdx.y * columns + column] = sum;
}

struct AddPartialSums {
    float* out;
    const float* partial;
    std::int64_t chunks;
    std::int64_t columns;

    template <int width>
    __device__ void apply(std::int64_t, std::int64_t column) const
    {
#pragma unroll
        for (int i = 0; i < width; ++i) {
            float sum = 0.0f;
            for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
                sum += partial[chunk * columns + column + i];
            out[column + i] += sum;
        }
    }
};

// out[column] += sum of term(row, column) over `rows` rows.  out: F32 [1, columns]
template <class Term>
void addColumnSums(CudaBackend& backend, Tensor out, std::int64_t rows, const Term& term)
{
    if (rows == 0)
        return;
    const std::int64_t columns = out.columns;
    const std::int64_t rowsOfChunk = std::max<std::int64_t>(64, ceilDivide(rows, mostSumChunks));
    const unsigned chunks = ceilDivide(rows, rowsOfChunk);
    auto* const partial = reinterpret_cast<float*>(
        backend.scratch(Scratch::Sums, static_cast<std::size_t>(chunks * columns) * sizeof(float)));
    launch(backend.stream(), "sums over rows", Grid{dim3(ceilDivide(columns, warp), chunks), dim3(warp, sumRows)},
        partialSumsKernel<Term>, partial, rows, columns, rowsOfChunk, term);
    forElements(backend.stream(), "sums over rows", 1, columns, 1,
        AddPartialSums{out.f32(), partial, static_cast<std::int64_t>(chunks), columns});
}

} // namespace ahascope::kernels::cuda
