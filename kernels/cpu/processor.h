// What this process may use of the computer.
#pragma once

#include <string>

namespace ahascope::kernels {

int usableCores();
std::string processorName(); // "AMD EPYC 9B14", or "processor"

} // namespace ahascope::kernels
