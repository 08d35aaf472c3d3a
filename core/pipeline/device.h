// The device that a person asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/pipeline/gpu_check.h"
#include "kernels/devices.h"
#include "kernels/gpu_monitor.h" // for the window, which includes nothing of kernels itself

namespace ahascope::pipeline {

inline constexpr const char* autoDevice = "auto";

struct ReadyDevice {
    std::unique_ptr<kernels::Backend> backend;
    std::vector<std::string> notes; // what a person should know: "auto" is the processor, and why; a check was made
};

// Told what is being done while it takes seconds.
using DeviceProgress = std::function<void(const std::string&)>;

// kernels::openDevice, with InputError for a device that is not there: asking for it is what has to be mended. A GPU
// that has not passed the parity check with its driver and this build is checked first, and refused, by the names of
// the operations, when it computes wrongly.
ReadyDevice openDevice(const std::string& device, int threads, const DeviceProgress& progress = {});

// Of an opened device: the check, where it has not been passed; see openDevice(). Returns a note, or nothing.
std::string ensureChecked(
    const kernels::OpenedDevice& opened, const PassedChecks& passed, int threads, const DeviceProgress& progress);

// Whether a run on that device computes on a GPU. For "auto" the machine is asked, which can take seconds.
bool computesOnGpu(const std::string& device);

} // namespace ahascope::pipeline
