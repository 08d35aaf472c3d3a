// What the two kernels of attention's gradient on the tensor cores share: nothing is added up by more than one block,
// so that keys and queries are walked over twice, and the sums have one order.
#pragma once

#include "kernels/cuda/attention_tiles.cuh"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels::cuda {

// Rows of the tiles that pass by a block's own 64, two of each of two kinds at a time: few enough for the registers
// and, with 64 channels, for two blocks in the 100 KiB of shared memory that a desktop's multiprocessor has.
constexpr int passingRows = 32;

// Of a query and head.
struct QuerySums {
    float log2Total; // log2 of the sum of exponents: a weight is 2^(log2Scale score - log2Total)
    float delta;     // dout . out, the part of a score's gradient that all keys share
};

struct BackwardTiles {
    View<Half> dout;
    View<Half> q;
    View<Half> k;
    View<Half> v;
    const QuerySums* sums; // [kvHeads][rows][group]: in the order of Queries

    __device__ const QuerySums* sumsOf(const TileBatch& batch, const Segment& segment, int kvHead) const
    {
        return sums + (std::int64_t(kvHead) * batch.rows + segment.begin) * batch.group;
    }
};

template <int headDim>
constexpr std::size_t backwardBytes = (2 * tileRows + 4 * passingRows) * tileStride<headDim> * sizeof(Half);

void attentionBackwardQueryTiles(
    cudaStream_t stream, Tensor dq, const BackwardTiles& given, const TileBatch& batch, int headDim);
// `room` has as many bytes as keyPartBytes() says.
std::size_t keyPartBytes(const TileBatch& batch, int headDim);
void attentionBackwardKeyTiles(cudaStream_t stream, std::byte* room, Tensor dk, Tensor dv, const BackwardTiles& given,
    const TileBatch& batch, int headDim);

} // namespace ahascope::kernels::cuda
