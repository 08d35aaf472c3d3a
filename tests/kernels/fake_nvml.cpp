// A stand-in for libnvidia-ml.so.1, so that its client can be tested without a GPU. Three cards: one that tells
// everything, one that tells little, one that is lost. Variants: FAKE_NOT_LOADED, FAKE_OLD (no power), FAKE_ANCIENT (no
// nvmlInit_v2), FAKE_NO_CARDS.
#include <cstdio>

#include "kernels/nvml.h"

using namespace ahascope::kernels::nvml;

namespace {
constexpr Result notSupported = 3;
constexpr Result gpuIsLost = 15;
char handles[2];

Device handleOf(unsigned index)
{
    return reinterpret_cast<Device>(&handles[index]);
}
bool tellsAll(Device device)
{
    return device == handleOf(0);
}
} // namespace

extern "C" {
#ifndef FAKE_ANCIENT
Result nvmlInit_v2()
{
#ifdef FAKE_NOT_LOADED
    return driverNotLoaded;
#else
    return success;
#endif
}
#endif

Result nvmlShutdown()
{
    return success;
}

const char* nvmlErrorString(Result result)
{
    return result == gpuIsLost ? "GPU is lost" : "Not Supported";
}

Result nvmlDeviceGetCount_v2(unsigned* count)
{
#ifdef FAKE_NO_CARDS
    *count = 0;
#else
    *count = 3;
#endif
    return success;
}

Result nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device)
{
    if (index > 1)
        return gpuIsLost;
    *device = handleOf(index);
    return success;
}

Result nvmlDeviceGetName(Device device, char* name, unsigned length)
{
    std::snprintf(name, length, "%s", tellsAll(device) ? "Fake H100" : "Fake slice");
    return success;
}

Result nvmlDeviceGetUtilizationRates(Device device, Utilization* utilization)
{
    if (!tellsAll(device))
        return notSupported;
    *utilization = {87, 40};
    return success;
}

Result nvmlDeviceGetMemoryInfo(Device, Memory* memory)
{
    *memory = {80ULL << 30, 20ULL << 30, 60ULL << 30};
    return success;
}

Result nvmlDeviceGetTemperature(Device device, int sensor, unsigned* celsius)
{
    if (!tellsAll(device) || sensor != temperatureOfGpu)
        return notSupported;
    *celsius = 64;
    return success;
}

#ifndef FAKE_OLD
Result nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts)
{
    if (!tellsAll(device))
        return notSupported;
    *milliwatts = 412500;
    return success;
}

Result nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts)
{
    if (!tellsAll(device))
        return notSupported;
    *milliwatts = 700000;
    return success;
}
#endif
}
