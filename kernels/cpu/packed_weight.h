// A weight as the CPU's products read it.
#pragma once

#include "kernels/cpu/products.h"
#include "kernels/weight.h"

namespace ahascope::kernels {

// forward() is B (k, n) = value[n, k] (for x W^T) and backward() B (k, n) = value[k, n] (for dout W), in the type of
// the value. The latter is made when it is first asked for, or by prepare() for a weight that passes gradients. The
// panels of a gate and up weight are gated ones from the first gated MLP on, in the same memory.
struct PackedWeight final : WeightForm {
    Buffer forwardMemory;
    Buffer backwardMemory;
    bool bf16 = false;
    bool gated = false; // how the panels of forward() are laid out

    Panels forward() const { return {forwardMemory.get(), bf16}; }
    Panels backward() const { return {backwardMemory.get(), bf16}; }
};

// Values that panels for B [inner, columns] take.
constexpr std::int64_t panelValues(std::int64_t inner, std::int64_t columns, std::int64_t panelWidth)
{
    return inner * ((columns + panelWidth - 1) / panelWidth * panelWidth);
}

} // namespace ahascope::kernels
