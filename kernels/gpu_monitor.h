// What the GPUs of this machine are doing, whoever uses them, asked of NVIDIA's management library (NVML). It comes
// with the driver and is opened at run time: where there is none the program starts all the same and says why.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ahascope::kernels {

// What a card cannot tell, or not now, is left out.
struct GpuReading {
    std::string name;                        // "NVIDIA H100 80GB HBM3"; of one that cannot be asked, why
    std::optional<double> utilisation;       // share of the last moments in which it computed, 0 to 1
    std::optional<std::uint64_t> memoryUsed; // bytes
    std::optional<std::uint64_t> memoryTotal;
    std::optional<double> temperature; // degrees Celsius
    std::optional<double> power;       // watts
    std::optional<double> powerLimit;
};

struct GpuReadings {
    std::vector<GpuReading> gpus;
    std::string note; // why there are none
};

constexpr const char* nvmlLibrary = "libnvidia-ml.so.1";

// Belongs to one thread. Opening takes up to seconds, a reading milliseconds.
class GpuMonitor {
public:
    explicit GpuMonitor(const std::string& library = nvmlLibrary);
    ~GpuMonitor();
    GpuMonitor(const GpuMonitor&) = delete;
    GpuMonitor& operator=(const GpuMonitor&) = delete;

    GpuReadings read() const;

private:
    struct Library;
    std::unique_ptr<Library> m_library; // null: none, for this reason
    std::string m_reason;
};

} // namespace ahascope::kernels
