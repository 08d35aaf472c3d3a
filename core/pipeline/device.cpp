#include "core/pipeline/device.h"

#include "core/problem.h"
#include "kernels/error.h"

namespace ahascope::pipeline {

std::unique_ptr<kernels::Backend> openDevice(const std::string& device, int threads)
{
    try {
        return kernels::makeBackend(device, {.threads = threads});
    } catch (const kernels::DeviceError& error) {
        throw InputError({"device", error.what(), ""});
    }
}

bool computesOnGpu(const std::string& device)
{
    return device == autoDevice ? kernels::listDevices().devices.size() > 1 : device.starts_with("cuda");
}

} // namespace ahascope::pipeline
