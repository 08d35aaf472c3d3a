// The device that a person asked for.
#pragma once

#include <memory>
#include <string>

#include "kernels/devices.h"
#include "kernels/gpu_monitor.h" // for the window, which includes nothing of kernels itself

namespace ahascope::pipeline {

inline constexpr const char* autoDevice = "auto";

// kernels::makeBackend, with InputError for a device that is not there: asking for it is what has to be mended.
std::unique_ptr<kernels::Backend> openDevice(const std::string& device, int threads);

// Whether a run on that device computes on a GPU. For "auto" the machine is asked, which can take seconds.
bool computesOnGpu(const std::string& device);

} // namespace ahascope::pipeline
