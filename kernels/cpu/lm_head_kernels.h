// Work on the logits of one row, once for each instruction set. Plain types only: see simd.h.
#pragma once

#include <stdint.h>

namespace ahascope::kernels {

// Of x = logits / temperature: the largest, the sum of e = exp(x - largest), and the sum of e (x - largest).
struct SoftmaxSums {
    float largest = 0.0f;
    float total = 0.0f;
    float moment = 0.0f;
};

// The winner of a race: the token with the largest weight / E, E being its exponential random number.
struct Draw {
    int64_t token = 0;
    float ratio = 0.0f;
};

// What dz_v is made of; see Backend::lmHeadLogProbsBackward().
struct LogitGradient {
    float inverseTemperature = 1.0f;
    float lse = 0.0f;
    float entropy = 0.0f;
    float dlogProb = 0.0f;
    float dentropy = 0.0f;
};

struct LmHeadKernels {
    // weights[v] = e of logit v, unless weights is null
    SoftmaxSums (*softmax)(float* weights, const float* logits, int64_t count, float inverseTemperature);
    // weights[v] = exp(logits[v] * inverseTemperature - largest)
    void (*weigh)(float* weights, const float* logits, int64_t count, float inverseTemperature, float largest);
    // The first of the largest.
    int64_t (*largest)(const float* logits, int64_t count);
    // weights[0] is that of token firstToken, a multiple of 64. Tokens of weight 0 never win.
    Draw (*draw)(const float* weights, int64_t count, int64_t firstToken, uint32_t position, const uint32_t* key);
    int64_t (*countAtLeast)(const float* x, int64_t count, float threshold);
    // Sum of the weights whose x is at least the threshold.
    float (*sumAtLeast)(const float* weights, const float* x, int64_t count, float threshold);
    // In place, without the term of the target.
    void (*gradient)(float* logits, int64_t count, const LogitGradient& row);
    // For tests: the exponential numbers of `count` tokens
    void (*exponentials)(float* out, int64_t count, int64_t firstToken, uint32_t position, const uint32_t* key);
};

extern const LmHeadKernels lmHeadBaseline;
extern const LmHeadKernels lmHeadAvx2;
extern const LmHeadKernels lmHeadAvx512;

} // namespace ahascope::kernels
