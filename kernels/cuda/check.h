// Every call into CUDA is checked; what fails becomes an exception that says what to do.
#pragma once

#include <cstddef>

#include <cuda_runtime.h>

namespace ahascope::kernels::cuda {

// Throws OutOfMemory or DeviceError.
void check(cudaError_t error, const char* what);
// Of an allocation of so many bytes.
void checkAllocation(cudaError_t error, std::size_t bytes);

} // namespace ahascope::kernels::cuda
