#include "kernels/cpu/products_impl.h"

namespace ahascope::kernels {

const ProductKernels productsAvx2 = productKernels;

} // namespace ahascope::kernels
