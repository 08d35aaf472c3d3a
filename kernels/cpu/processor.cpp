#include "kernels/cpu/processor.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "kernels/devices.h"

namespace ahascope::kernels {

namespace {

// The number after `key` in a file of "key: number kB" lines.
std::uint64_t kilobytesOf(const std::string& key)
{
    std::ifstream file("/proc/meminfo");
    std::string word;
    while (file >> word) {
        std::uint64_t value = 0;
        if (word == key && file >> value)
            return value * 1024;
    }
    return 0;
}

std::optional<std::uint64_t> numberIn(const char* path)
{
    std::ifstream file(path);
    std::uint64_t value = 0;
    if (file >> value)
        return value;
    return std::nullopt; // no such file, or "max"
}

} // namespace

int usableCores()
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return std::max(1, CPU_COUNT(&set));
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string processorName()
{
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line)) {
        const std::size_t colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "processor";
}

HostMemory hostMemory()
{
    HostMemory memory{kilobytesOf("MemTotal:"), kilobytesOf("MemAvailable:")};
    const auto limit = numberIn("/sys/fs/cgroup/memory.max");
    const auto used = numberIn("/sys/fs/cgroup/memory.current");
    if (limit && used && *limit < memory.total)
        memory = {*limit, std::min(memory.free, *limit - std::min(*limit, *used))};
    return memory;
}

} // namespace ahascope::kernels
