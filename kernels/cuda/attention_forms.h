// Attention on the tensor cores, for the shapes that it takes.
#pragma once

#include <initializer_list>
#include <type_traits>

#include <cuda_runtime.h>

#include "kernels/backend.h"

namespace ahascope::kernels::cuda {

class CudaKvCache;

// BF16 rows of 64, 96 or 128 channels a head, all aligned to 16 bytes; the others go the plain way (attend.cuh).
bool tilesTake(const AttentionShape& shape, std::initializer_list<Tensor> rows);

void attentionTiles(cudaStream_t stream, Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments,
    const AttentionShape& shape);

struct AttentionGradients {
    Tensor dq;
    Tensor dk;
    Tensor dv;
};
// `room` has as many bytes as attentionBackwardBytes() says.
std::size_t attentionBackwardBytes(const Segments& segments, const AttentionShape& shape);
void attentionBackwardTiles(cudaStream_t stream, std::byte* room, const AttentionGradients& to, Tensor dout, Tensor out,
    Tensor lse, Tensor q, Tensor k, Tensor v, const Segments& segments, const AttentionShape& shape);

std::size_t decodeTilesBytes(std::int64_t rows, const DecodeShape& state, const AttentionShape& shape);
void decodeTiles(cudaStream_t stream, std::byte* room, Tensor out, Tensor q, const CudaKvCache& cache,
    std::int64_t layer, const DecodeState& state, const AttentionShape& shape);

// Calls fn with the number of channels of a head, of those that tiles are made for.
template <class Fn>
void withHeadDim(std::int64_t headDim, const Fn& fn)
{
    if (headDim == 64)
        fn(std::integral_constant<int, 64>{});
    else if (headDim == 96)
        fn(std::integral_constant<int, 96>{});
    else
        fn(std::integral_constant<int, 128>{});
}

} // namespace ahascope::kernels::cuda
