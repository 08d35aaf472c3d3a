#include "kernels/cpu/row_kernels_impl.h"

namespace ahascope::kernels {

const RowKernels rowsAvx512 = rowKernels;

} // namespace ahascope::kernels
