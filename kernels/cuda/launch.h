// Starting kernels.
#pragma once

#include <cstdint>
#include <utility>

#include "kernels/cuda/check.h"
#include "kernels/cuda/numbers.cuh"

namespace ahascope::kernels::cuda {

struct Grid {
    dim3 blocks;
    dim3 threads;
    std::size_t shared = 0; // bytes of dynamic shared memory
};

// Does nothing when the grid is empty.
template <class... Parameters, class... Given>
void launch(cudaStream_t stream, const char* name, Grid grid, void (*kernel)(Parameters...), Given&&... given)
{
    if (grid.blocks.x == 0 || grid.blocks.y == 0 || grid.blocks.z == 0)
        return;
    if (grid.shared > 48 * 1024)
        check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(grid.shared)),
            name);
    cudaLaunchConfig_t config{};
    config.gridDim = grid.blocks;
    config.blockDim = grid.threads;
    config.dynamicSmemBytes = grid.shared;
    config.stream = stream;
    check(cudaLaunchKernelEx(&config, kernel, std::forward<Given>(given)...), name);
}

constexpr unsigned ceilDivide(std::int64_t a, std::int64_t b)
{
    return static_cast<unsigned>((a + b - 1) / b);
}

// How many neighbouring values of all these tensors may move as one: 4 or 1.
template <class... Tensors>
int widthOf(const Tensors&... tensors)
{
    const auto fits = [](const Tensor& tensor) {
        const auto address = reinterpret_cast<std::uintptr_t>(tensor.data);
        return tensor.columns % 4 == 0 && (tensor.stride % 4 == 0 || tensor.rows <= 1)
            && address % (4 * sizeOf(tensor.dtype)) == 0;
    };
    return (fits(tensors) && ...) ? 4 : 1;
}

// One thread for each `width` neighbouring columns of each row.
template <int width, class Body>
__global__ void elementsKernel(std::int64_t rows, std::int64_t columns, Body body)
{
    const std::int64_t packs = columns / width;
    const std::int64_t index = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (index < rows * packs)
        body.template apply<width>(index / packs, index % packs * width);
}

// body.apply<width>(row, column) for the elements of a matrix.
template <class Body>
void forElements(
    cudaStream_t stream, const char* name, std::int64_t rows, std::int64_t columns, int width, const Body& body)
{
    constexpr int threads = 256;
    const Grid grid{ceilDivide(rows * columns / width, threads), threads};
    if (width == 4)
        launch(stream, name, grid, elementsKernel<4, Body>, rows, columns, body);
    else
        launch(stream, name, grid, elementsKernel<1, Body>, rows, columns, body);
}

} // namespace ahascope::kernels::cuda
