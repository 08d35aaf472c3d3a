// What this process may use of the computer.
#pragma once

#include <cstdint>
#include <string>

namespace ahascope::kernels {

int usableCores();
std::string processorName(); // "AMD EPYC 9B14", or "processor"

struct HostMemory {
    std::uint64_t total = 0; // bytes; 0 = not known
    std::uint64_t free = 0;
};
// The machine's, or less where the process is confined to less (cgroup).
HostMemory hostMemory();

} // namespace ahascope::kernels
