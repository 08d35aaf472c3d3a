#include "kernels/cpu/products_impl.h"

namespace ahascope::kernels {

const ProductKernels productsAvx512 = productKernels;

} // namespace ahascope::kernels
