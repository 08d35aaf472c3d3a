// A weight as the CPU's products read it.
#pragma once

#include "kernels/weight.h"

namespace ahascope::kernels {

// `forward` holds B (k, n) = value[n, k] (for x W^T) and `backward` B (k, n) = value[k, n] (for dout W), both as panels
// (products.h). `backward` is made when it is first asked for, or at once for a weight that passes gradients. The
// panels of a gate and up weight are gated ones from the first gated MLP on, in the same memory.
struct PackedWeight final : WeightForm {
    Buffer forwardMemory;
    Buffer backwardMemory;
    float* forward = nullptr;
    float* backward = nullptr;
    bool gated = false; // how the panels of `forward` are laid out
};

// Floats that panels for B [inner, columns] take.
constexpr std::int64_t panelFloats(std::int64_t inner, std::int64_t columns, std::int64_t panelWidth)
{
    return inner * ((columns + panelWidth - 1) / panelWidth * panelWidth);
}

} // namespace ahascope::kernels
