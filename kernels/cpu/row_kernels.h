// Work on single rows and ranges, one thread each, one table per instruction set.
#pragma once

#include <stdint.h>

namespace ahascope::kernels {

// Rows of `columns` floats, `stride` floats apart.
struct Rows {
    float* data = nullptr;
    int64_t stride = 0;
};

// Vectors of a norm: `heads` of `columns` floats stand in each row, and are numbered row by row.
struct NormShape {
    int64_t columns = 0;
    int64_t heads = 1;
};

struct AdamWFactors {
    float gradientScale; // of clipping
    float beta1;
    float beta2;
    float stepSize;    // learning rate / (1 - beta1^t)
    float inverseRoot; // 1 / sqrt(1 - beta2^t)
    float epsilon;
    float keep; // 1 - learning rate * weight decay
};

// Where the random bits of stochastic rounding come from: value i of a tensor uses half i / 64 % 2 (from the lower one)
// of word i % 64 of the words of Philox counters (i / 128 * 16 + word / 4, step, 0, 1) under the key.
struct RoundingNoise {
    uint32_t key[2];
    uint32_t step;
    static constexpr int64_t block = 128; // values
};

// Shapes and formulas as in kernels/backend.h; [begin, end) are rows unless said otherwise.
struct RowKernels {
    void (*add)(float* out, const float* x, int64_t count);
    // Vectors [begin, end)
    void (*rmsNorm)(
        Rows out, float* rstd, Rows x, const float* weight, float epsilon, NormShape shape, int64_t begin, int64_t end);
    void (*rmsNormBackward)(Rows dx, Rows dout, Rows x, const float* weight, const float* rstd, NormShape shape,
        int64_t begin, int64_t end);
    // dweight of columns [begin, end) from all vectors, in order
    void (*rmsNormBackwardWeight)(float* dweight, Rows dout, Rows x, const float* rstd, NormShape shape,
        int64_t vectors, int64_t begin, int64_t end);
    // columns [begin, end) of out += sum over rows, in order
    void (*addColumnSums)(float* out, Rows x, int64_t rows, int64_t begin, int64_t end);
    // One row of heads; sign -1 turns back. cosSin: headDim / 2 cosines, then sines
    void (*rope)(float* x, const float* cosSin, int64_t heads, int64_t headDim, float sign);
    void (*swiglu)(Rows out, Rows gateUp, int64_t columns, int64_t begin, int64_t end);
    void (*swigluBackward)(Rows dgateUp, Rows dout, Rows gateUp, int64_t columns, int64_t begin, int64_t end);
    double (*sumOfSquares)(const float* x, int64_t count);
    void (*adamW)(
        float* value, const float* gradient, float* mean, float* variance, int64_t count, const AdamWFactors& factors);
    // From BF16
    void (*widen)(float* out, const uint16_t* x, int64_t count);
    // To BF16: up with the probability that is the share of the step above that is cut off, so that the mean is x.
    // out[0] is value `first` of its tensor, a multiple of RoundingNoise::block.
    void (*roundStochastically)(
        uint16_t* out, const float* x, int64_t count, int64_t first, const RoundingNoise& noise);
    // For tests: out[i] = exp(x[i]) or log(x[i])
    void (*exponential)(float* out, const float* x, int64_t count);
    void (*naturalLog)(float* out, const float* x, int64_t count);
};

extern const RowKernels rowsBaseline;
extern const RowKernels rowsAvx2;
extern const RowKernels rowsAvx512;

} // namespace ahascope::kernels
