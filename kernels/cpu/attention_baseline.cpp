#include "kernels/cpu/attention_gradient_impl.h"
#include "kernels/cpu/attention_impl.h"

namespace ahascope::kernels {

const AttentionKernels attentionBaseline
    = {.pack = packTokens, .transpose = transpose, .attend = attendRows, .gradient = gradientRows};

} // namespace ahascope::kernels
