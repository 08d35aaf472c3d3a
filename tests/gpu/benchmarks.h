// The benchmarks of a GPU. Each prints its lines and needs nothing of the others.
#pragma once

#include <string>

#include "core/model/parameters.h"

namespace ahascope::gpu {

struct BenchContext {
    kernels::Backend& backend;
    model::ModelConfig config;
    bool small = false; // of sequences and tokens: to see that everything runs
};

void benchDecode(const BenchContext& context);        // B1, and long contexts
void benchHead(const BenchContext& context);          // B5
void benchTraining(const BenchContext& context);      // B6
void benchLossMemory(const BenchContext& context);    // B8
void benchSharedPrompts(const BenchContext& context); // B10
void benchExactness(const BenchContext& context);     // B12
void benchRollout(const BenchContext& context);       // B2 and B9, our side

} // namespace ahascope::gpu
