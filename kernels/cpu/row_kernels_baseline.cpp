#include "kernels/cpu/row_kernels_impl.h"

namespace ahascope::kernels {

const RowKernels rowsBaseline = rowKernels;

} // namespace ahascope::kernels
