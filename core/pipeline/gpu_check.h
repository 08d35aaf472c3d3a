// The parity check of a GPU's operations against the processor, on its first use with a driver and a build.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "core/pipeline/build_id.h"
#include "kernels/devices.h"
#include "kernels/parity/parity.h"

namespace ahascope::pipeline {

// That a device has passed, kept in the user's cache folder. What failed is not kept: it is checked again each time,
// and so are builds of changed sources, which have no name of their own.
class PassedChecks {
public:
    // $XDG_CACHE_HOME/ahascope/gpu_checks.json, or ~/.cache/ahascope/gpu_checks.json.
    static std::filesystem::path defaultFile();

    explicit PassedChecks(std::filesystem::path file = defaultFile(), std::string build = buildId())
        : m_file(std::move(file))
        , m_build(std::move(build))
    {
    }

    // Whether one like it has passed: of this name, with this driver and runtime, under this build.
    bool holds(const kernels::Device& device) const;
    // A folder that cannot be written is no error: the check is made again next time.
    void add(const kernels::Device& device) const;

private:
    std::filesystem::path m_file;
    std::string m_build;
};

struct DeviceCheck {
    kernels::Device device;
    kernels::ParityReport report;
};

// Checks a device whatever is kept, and keeps that it has passed. "cpu" compares the processor's best instruction set
// with its baseline. Throws kernels::DeviceError when there is no such device.
DeviceCheck checkDevice(const std::string& device, int threads, const kernels::ParityProgress& progress);

// The same of an open device that nothing has been asked of yet.
kernels::ParityReport checkOpened(const kernels::OpenedDevice& opened, const PassedChecks& passed, int threads,
    const kernels::ParityProgress& progress);

} // namespace ahascope::pipeline
