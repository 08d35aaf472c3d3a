// A matrix that a backend multiplies by.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kernels/tensor.h"

namespace ahascope::kernels {

// Whatever a backend keeps of a weight for speed (packed panels, a bf16 copy).
class WeightForm {
public:
    virtual ~WeightForm() = default;
};

struct Adapter;

// `value` and `gradient` are canonical [out, in] views into arenas that the model owns. `form` is made by
// Backend::prepare() and refreshed by Backend::commit() after `value` changed; products read the form.
struct Weight {
    Tensor value;
    Tensor gradient;             // empty when the weight is not trained
    bool passesGradient = false; // linearBackwardInput() will be asked of it: the form serves both directions at once
    std::unique_ptr<WeightForm> form;
    std::vector<Adapter> adapters;
    bool adapted = true; // false: the adapters are switched off
};

// A trained low-rank addition to the rows of a weight that begin at firstRow: their W becomes W + scale * B A
// (LoRA; Hu et al. 2021, arXiv 2106.09685). Never merged: products add scale * (x A^T) B^T.
struct Adapter {
    std::int64_t firstRow = 0;
    float scale = 1.0f;
    Weight a; // [r, in]
    Weight b; // [rows, r]
};

// Those that are switched on.
inline std::span<const Adapter> adaptersOf(const Weight& weight)
{
    return weight.adapted ? std::span<const Adapter>(weight.adapters) : std::span<const Adapter>();
}

} // namespace ahascope::kernels
