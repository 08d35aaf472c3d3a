#include "kernels/cpu/lm_head_impl.h"

namespace ahascope::kernels {

const LmHeadKernels lmHeadAvx2 = lmHeadKernels;

} // namespace ahascope::kernels
