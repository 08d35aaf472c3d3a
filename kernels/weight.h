// A matrix that a backend multiplies by.
#pragma once

#include <memory>

#include "kernels/tensor.h"

namespace ahascope::kernels {

// Whatever a backend keeps of a weight for speed (packed panels, a bf16 copy).
class WeightForm {
public:
    virtual ~WeightForm() = default;
};

// `value` and `gradient` are canonical [out, in] views into arenas that the model owns. `form` is made by
// Backend::prepare() and refreshed by Backend::commit() after `value` changed; products read the form.
struct Weight {
    Tensor value;
    Tensor gradient; // empty when the weight is not trained
    std::unique_ptr<WeightForm> form;
};

} // namespace ahascope::kernels
