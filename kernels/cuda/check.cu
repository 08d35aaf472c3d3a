#include "kernels/cuda/check.h"

#include <string>

#include "kernels/error.h"

namespace ahascope::kernels::cuda {

void check(cudaError_t error, const char* what)
{
    if (error == cudaSuccess)
        return;
    cudaGetLastError(); // what is not sticky is forgotten
    const std::string reason = std::string(what) + ": " + cudaGetErrorString(error);
    if (error == cudaErrorMemoryAllocation)
        throw OutOfMemory("the GPU has too little memory (" + reason + "); use a smaller batch, context or model");
    throw DeviceError("the GPU cannot go on (" + reason
        + "); what was saved is safe, resume from the last checkpoint after looking at the driver's log (dmesg)");
}

void checkAllocation(cudaError_t error, std::size_t bytes)
{
    if (error != cudaErrorMemoryAllocation)
        return check(error, "allocate");
    cudaGetLastError();
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "ask for the free memory");
    throw OutOfMemory("the GPU has too little memory: " + std::to_string(bytes) + " bytes more were asked for, "
        + std::to_string(free) + " of " + std::to_string(total)
        + " are free; use a smaller batch, context or model, or close what else uses the GPU");
}

} // namespace ahascope::kernels::cuda
