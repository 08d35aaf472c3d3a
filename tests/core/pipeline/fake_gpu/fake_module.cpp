// A CUDA module whose GPUs are the processor, as many as the environment says.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernels/cuda/module.h"
#include "kernels/devices.h"

namespace ahascope::kernels {

namespace {

// The number in an environment variable, 0 without one.
int numberIn(const char* variable)
{
    const char* text = std::getenv(variable);
    return text == nullptr ? 0 : std::atoi(text);
}

int listFakes(CudaDeviceInfo* devices, int capacity, CudaReason* reason)
{
    const int count = numberIn("FAKE_GPUS");
    if (count == 0)
        std::snprintf(reason->text, sizeof reason->text, "the NVIDIA driver finds no GPU on this machine");
    for (int i = 0; i < count && i < capacity; ++i) {
        std::snprintf(devices[i].name, sizeof devices[i].name, "Fake %d", i);
        devices[i].memory = (std::uint64_t(i) + 1) << 33;
        devices[i].computeMajor = 9;
        devices[i].driverVersion = 12040;
        devices[i].runtimeVersion = 12020;
    }
    return count;
}

// The first FAKE_BROKEN of them do not work.
Backend* makeFake(int device, CudaReason* reason)
{
    if (device >= numberIn("FAKE_BROKEN"))
        return makeCpuBackend({.threads = 1}).release();
    std::snprintf(reason->text, sizeof reason->text, "GPU %d has fallen off the bus", device);
    return nullptr;
}

constexpr CudaModule module = {cudaInterfaceVersion, listFakes, makeFake};

} // namespace

} // namespace ahascope::kernels

extern "C" __attribute__((visibility("default"))) const ahascope::kernels::CudaModule* ahascopeCudaModule()
{
    return &ahascope::kernels::module;
}
