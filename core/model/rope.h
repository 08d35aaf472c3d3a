// The rotary embedding's table of angles.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/model_config.h"

namespace ahascope::model {

// Rotary embedding (Su et al. 2021, arXiv 2104.09864): row p of [positions, headDim] holds cos(p * f_i), then sin(p *
// f_i), with f_i = theta^(-2i / headDim), i < headDim / 2. All steps are rounded to float as Hugging Face rounds them.
//
// Scalings, as in transformers' modeling_rope_utils:
// - linear: f_i / factor
// - dynamic NTK: beyond maxPositions theta grows with the length. Hugging Face takes the current sequence's, which
// changes
//   while a sequence grows and its cached keys stay; here it is `positions`, the same for all sequences of a decoder,
//   so that sampler and trainer agree. Up to maxPositions nothing is scaled.
// - yarn (Peng et al. 2023, arXiv 2309.00071): f_i / factor for slow channels, f_i for fast ones, a ramp between;
// cosines and
//   sines times attentionFactor
// - llama3: the same idea with a ramp over wavelengths
std::vector<float> ropeValues(const ModelConfig& config, std::int64_t positions);

// The attention factor that yarn takes where none is given: 0.1 ln(factor) + 1, or the ratio of two such with mscale
// and mscaleAllDim in front of the logarithm if both are set (not 0).
double yarnAttentionFactor(double factor, double mscale, double mscaleAllDim);

} // namespace ahascope::model
