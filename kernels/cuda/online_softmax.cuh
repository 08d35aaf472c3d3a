// Softmax over keys that come tile by tile (Milakov & Gimelshein 2018, arXiv 1805.02867), weighing values on the
// tensor cores.
#pragma once

#include "kernels/cuda/tiles.cuh"

namespace ahascope::kernels::cuda {

// Of a warp's 16 queries; index 0 and 1: the upper and the lower row of this lane.
template <int headDim, int keys>
struct OnlineSoftmax {
    float largest[2] = {-INFINITY, -INFINITY}; // score, not scaled
    float total[2] = {0.0f, 0.0f};             // this lane's part of the sum of 2^(log2Scale (score - largest))
    float values[headDim / 8][4] = {};         // the same sum of values

    // The scores are used up.
    __device__ void add(float (&scores)[keys / 8][4], const Half* rows, float log2Scale)
    {
#pragma unroll
        for (int half = 0; half < 2; ++half)
            weigh(scores, half, log2Scale);
        addProduct<headDim>(values, scores, rows);
    }
    __device__ float totalOfRow(int half) const
    {
        return sumOfRow(total[half]);
    }

private:
    __device__ void weigh(float (&scores)[keys / 8][4], int half, float log2Scale)
    {
        float most = largest[half];
#pragma unroll
        for (int j = 0; j < keys / 8; ++j)
            most = fmaxf(most, fmaxf(scores[j][2 * half], scores[j][2 * half + 1]));
        most = largestOfRow(most);
        const float base = most == -INFINITY ? 0.0f : most * log2Scale; // nothing seen yet: the weights are 0
        const float kept = powerOfTwo(largest[half] * log2Scale - base);
        float sum = 0.0f;
#pragma unroll
        for (int j = 0; j < keys / 8; ++j) {
#pragma unroll
            for (int i = 2 * half; i < 2 * half + 2; ++i) {
                scores[j][i] = powerOfTwo(scores[j][i] * log2Scale - base);
                sum += scores[j][i];
            }
        }
        largest[half] = most;
        total[half] = total[half] * kept + sum;
#pragma unroll
        for (int j = 0; j < headDim / 8; ++j) {
            values[j][2 * half] *= kept;
            values[j][2 * half + 1] *= kept;
        }
    }
};

} // namespace ahascope::kernels::cuda
