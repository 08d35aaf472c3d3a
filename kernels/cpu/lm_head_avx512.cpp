#include "kernels/cpu/lm_head_impl.h"

namespace ahascope::kernels {

const LmHeadKernels lmHeadAvx512 = lmHeadKernels;

} // namespace ahascope::kernels
