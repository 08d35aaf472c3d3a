// The module's entrance: which devices there are, and a backend for one.
#include "kernels/cuda/module.h"

#include <cstdio>
#include <exception>

#include <cuda_runtime.h>

#include "kernels/cuda/cuda_backend.h"

namespace ahascope::kernels {

namespace {

void explain(CudaReason* reason, cudaError_t error)
{
    constexpr std::size_t room = sizeof reason->text;
    if (error == cudaErrorNoDevice)
        std::snprintf(reason->text, room, "the NVIDIA driver finds no GPU on this machine");
    else if (error == cudaErrorInsufficientDriver)
        std::snprintf(reason->text, room,
            "the NVIDIA driver is missing or older than CUDA %d.%d, which this program was built with",
            CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    else
        std::snprintf(reason->text, room, "CUDA does not start: %s", cudaGetErrorString(error));
}

int listCudaDevices(CudaDeviceInfo* devices, int capacity, CudaReason* reason)
{
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess || count == 0) {
        explain(reason, error != cudaSuccess ? error : cudaErrorNoDevice);
        return 0;
    }
    int driverVersion = 0;
    cudaDriverGetVersion(&driverVersion);
    for (int i = 0; i < count && i < capacity; ++i) {
        cudaDeviceProp properties{};
        if (const cudaError_t error = cudaGetDeviceProperties(&properties, i); error != cudaSuccess) {
            explain(reason, error);
            return 0;
        }
        std::snprintf(devices[i].name, sizeof devices[i].name, "%s", properties.name);
        devices[i].memory = properties.totalGlobalMem;
        devices[i].free = 0; // asking would open a context on every device
        devices[i].computeMajor = properties.major;
        devices[i].computeMinor = properties.minor;
        devices[i].driverVersion = driverVersion;
        devices[i].runtimeVersion = CUDART_VERSION;
    }
    return count;
}

Backend* makeCudaBackend(int device, CudaReason* reason)
{
    try {
        return new CudaBackend(device);
    } catch (const std::exception& error) {
        std::snprintf(reason->text, sizeof reason->text, "%s", error.what());
        return nullptr;
    }
}

constexpr CudaModule module = {cudaInterfaceVersion, listCudaDevices, makeCudaBackend};

} // namespace

} // namespace ahascope::kernels

extern "C" __attribute__((visibility("default"))) const ahascope::kernels::CudaModule* ahascopeCudaModule()
{
    return &ahascope::kernels::module;
}
