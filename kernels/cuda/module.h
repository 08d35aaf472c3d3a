// What the program and the CUDA module (libahascope_cuda.so) know of each other. The module is opened at run time and
// asked for one C function, `ahascopeCudaModule`; so the program starts on a machine without a driver or toolkit.
#pragma once

#include <cstdint>

namespace ahascope::kernels {

class Backend;

struct CudaDeviceInfo {
    char name[256];
    std::uint64_t memory; // bytes in all
    std::uint64_t free;   // 0 = not known
    int computeMajor;     // compute capability
    int computeMinor;
    int driverVersion;  // of CUDA, the newest that the driver serves: 1000 * major + 10 * minor
    int runtimeVersion; // of CUDA, of the runtime inside the module, likewise
};

struct CudaReason {
    char text[512]; // why something cannot be had; empty when it can
};

struct CudaModule {
    std::uint64_t interfaceVersion;
    // Fills at most `capacity` entries and returns how many devices there are; 0 comes with a reason.
    int (*listDevices)(CudaDeviceInfo* devices, int capacity, CudaReason* reason);
    // A backend that the caller deletes, or null with a reason.
    Backend* (*makeBackend)(int device, CudaReason* reason);
};

// Changes whenever this file or backend.h does: both sides come from one build.
constexpr std::uint64_t cudaInterfaceVersion = 3;

using CudaModuleFactory = const CudaModule* (*)();
constexpr const char* cudaModuleFactoryName = "ahascopeCudaModule";
constexpr const char* cudaModuleFile = "libahascope_cuda.so";

} // namespace ahascope::kernels
