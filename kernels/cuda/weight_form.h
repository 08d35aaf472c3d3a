// What the GPU keeps of a weight besides its values.
#pragma once

#include "kernels/weight.h"

namespace ahascope::kernels::cuda {

struct CudaWeightForm final : WeightForm {
    Buffer half; // BF16 copy of F32 values, once BF16 rows were multiplied by them

    // The copy of `value`.
    Tensor tensor(const Tensor& value) const
    {
        return {half.get(), DType::BF16, value.rows, value.columns, value.columns};
    }
};

} // namespace ahascope::kernels::cuda
