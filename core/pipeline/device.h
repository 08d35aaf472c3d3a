// The device that a person asked for.
#pragma once

#include <memory>
#include <string>

#include "kernels/devices.h"

namespace ahascope::pipeline {

// kernels::makeBackend, with InputError for a device that is not there: asking for it is what has to be mended.
std::unique_ptr<kernels::Backend> openDevice(const std::string& device, int threads);

} // namespace ahascope::pipeline
