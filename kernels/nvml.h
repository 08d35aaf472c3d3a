// The little of NVIDIA's management library that is asked for; the layout is that of its nvml.h, stable since CUDA 4.
#pragma once

namespace ahascope::kernels::nvml {

using Result = int; // an enum in C; 0 = success
constexpr Result success = 0;
constexpr Result driverNotLoaded = 9;

struct DeviceHandle; // opaque
using Device = DeviceHandle*;

struct Utilization {
    unsigned gpu;    // percent of the last sample period in which a kernel ran
    unsigned memory; // percent of it in which memory was read or written
};

struct Memory { // bytes
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
};

constexpr int temperatureOfGpu = 0; // the sensor that every card has

// Each is the C function of the same name with nvml before it and, for the first four, perhaps a version behind it.
using Init = Result();
using Shutdown = Result();
using DeviceGetCount = Result(unsigned* count);
using DeviceGetHandleByIndex = Result(unsigned index, Device* device);
using ErrorString = const char*(Result result);
using DeviceGetName = Result(Device device, char* name, unsigned length);
using DeviceGetUtilizationRates = Result(Device device, Utilization* utilization);
using DeviceGetMemoryInfo = Result(Device device, Memory* memory);
using DeviceGetTemperature = Result(Device device, int sensor, unsigned* celsius);
using DeviceGetPowerUsage = Result(Device device, unsigned* milliwatts);
using DeviceGetEnforcedPowerLimit = Result(Device device, unsigned* milliwatts);

} // namespace ahascope::kernels::nvml
