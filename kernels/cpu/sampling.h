// Choosing a token from the logits of one row.
#pragma once

#include "kernels/cpu/lm_head_kernels.h"
#include "kernels/decode_state.h"

namespace ahascope::kernels {

// Where in the stream of random numbers a draw stands; see Backend::lmHeadSample().
struct DrawPlace {
    std::uint32_t position = 0;         // the how-manieth generated token of its sequence
    const std::uint32_t* key = nullptr; // [2]
};

// True when fewer tokens than the whole vocabulary may be drawn.
bool isRestricted(const SamplingOptions& options, std::int64_t vocabulary);

// Sets weights[v] to exp(z_v / temperature - largest) for the tokens that may be drawn, 0 for the others: the top k of
// the logits, then the smallest set of those, from the most probable on, whose share of their probability reaches top
// p. Of equal logits lower ids come first. temperature > 0.
void restrictWeights(const LmHeadKernels& kernels, float* weights, const float* logits, std::int64_t vocabulary,
    const SamplingOptions& options);

} // namespace ahascope::kernels
