#include "kernels/cpu/lm_head_impl.h"

namespace ahascope::kernels {

const LmHeadKernels lmHeadBaseline = lmHeadKernels;

} // namespace ahascope::kernels
