#include "kernels/cpu/products_impl.h"

namespace ahascope::kernels {

const ProductKernels productsBaseline = productKernels;

} // namespace ahascope::kernels
