// Attention on the tensor cores, for the shapes that it takes.
#pragma once

#include <initializer_list>

#include <cuda_runtime.h>

#include "kernels/backend.h"

namespace ahascope::kernels::cuda {

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

} // namespace ahascope::kernels::cuda
