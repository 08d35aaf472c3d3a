// The devices of this machine, and how a backend for one is made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace ahascope::kernels {

enum class InstructionSet { Baseline, Avx2, Avx512 };

// The best set this processor has.
InstructionSet detectInstructionSet();
std::string toString(InstructionSet set);

struct CpuOptions {
    int threads = 0;                                        // 0 = one per core this process may use
    InstructionSet instructionSet = detectInstructionSet(); // must be one this processor has
};

// A backend on the processor. The result does not depend on `threads`, bit for bit.
std::unique_ptr<Backend> makeCpuBackend(CpuOptions options = {});

// A backend that runs nothing and only counts bytes and operations: allocations are addresses that are never read.
// `budget` bytes may be in use at once (0 = any number), else OutOfMemory. Types and sizes are those of the device.
enum class PlannedDevice { Processor, Gpu };
std::unique_ptr<Backend> makePlanBackend(std::size_t budget = 0, PlannedDevice device = PlannedDevice::Processor);

struct HostMemory {
    std::uint64_t total = 0; // bytes; 0 = not known
    std::uint64_t free = 0;
};
// The machine's, or less where the process is confined to less (cgroup).
HostMemory hostMemory();

struct Device {
    std::string id;           // "cpu", "cuda:0"
    std::string name;         // "AMD EPYC 9B14, AVX-512, 2 threads", "NVIDIA H200"
    std::uint64_t memory = 0; // bytes in all
    std::uint64_t free = 0;   // 0 = not known
    // Of a CUDA device; empty for the processor.
    std::string compute; // compute capability, "9.0"
    std::string driver;  // "550.54.15, CUDA 12.4"
    std::string runtime; // "CUDA 12.4", inside the CUDA module
};

struct DeviceList {
    std::vector<Device> devices; // the processor first
    std::string cudaNote;        // why there is no CUDA device; empty when there is one
};

// Looks for the CUDA module beside the program and in its library folder, opens it at run time and asks it.
DeviceList listDevices();

// What "cpu", "cuda", "cuda:N" or "auto" means on this machine.
struct ChosenDevice {
    Device device;
    std::string fallback; // why "auto" is the processor; empty otherwise
};

// "auto" is the first CUDA device, else the processor. Throws DeviceError with the reason when the device asked for
// cannot be had.
ChosenDevice chooseDevice(const std::string& name);

struct OpenedDevice {
    std::unique_ptr<Backend> backend;
    ChosenDevice chosen;
};

// A backend for it. "auto" takes the first CUDA device that can work, else the processor, and says why; nothing else
// ever falls back. Throws DeviceError likewise.
OpenedDevice openDevice(const std::string& name, CpuOptions cpu = {});
std::unique_ptr<Backend> makeBackend(const std::string& name, CpuOptions cpu = {});

} // namespace ahascope::kernels
