#include "kernels/gpu_monitor.h"

#include <stdexcept>

#include <dlfcn.h>

#include "kernels/nvml.h"

namespace ahascope::kernels {

// An open library that has been initialised. Functions that a card may do without are null where the driver lacks them.
struct GpuMonitor::Library {
    explicit Library(const std::string& file);
    ~Library()
    {
        shutdown();
        dlclose(handle);
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    void findFunctions();
    std::string describe(nvml::Result result) const { return errorString(result); }
    GpuReading readGpu(unsigned index) const;

    void* handle = nullptr;
    nvml::Init* init = nullptr;
    nvml::Shutdown* shutdown = nullptr;
    nvml::ErrorString* errorString = nullptr;
    nvml::DeviceGetCount* getCount = nullptr;
    nvml::DeviceGetHandleByIndex* getHandle = nullptr;
    nvml::DeviceGetName* getName = nullptr;
    nvml::DeviceGetUtilizationRates* getUtilisation = nullptr;
    nvml::DeviceGetMemoryInfo* getMemory = nullptr;
    nvml::DeviceGetTemperature* getTemperature = nullptr;
    nvml::DeviceGetPowerUsage* getPower = nullptr;
    nvml::DeviceGetEnforcedPowerLimit* getPowerLimit = nullptr;
};

namespace {

template <typename Function>
void find(void* library, const char* name, Function*& function)
{
    function = reinterpret_cast<Function*>(dlsym(library, name));
}

template <typename Function>
void require(void* library, const char* name, Function*& function)
{
    find(library, name, function);
    if (function == nullptr)
        throw std::runtime_error(
            std::string("the NVIDIA driver is too old to be asked about its GPUs: NVML has no ") + name);
}

// What a function that may be missing says of a card: none where it fails.
template <typename Value, typename Function, typename... Arguments>
std::optional<Value> ask(Function* function, Arguments... arguments)
{
    Value value{};
    if (function == nullptr || function(arguments..., &value) != nvml::success)
        return std::nullopt;
    return value;
}

std::optional<double> scaled(std::optional<unsigned> value, double unit)
{
    return value ? std::optional(*value * unit) : std::nullopt;
}

} // namespace

GpuMonitor::Library::Library(const std::string& file) : handle(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL))
{
    if (handle == nullptr)
        throw std::runtime_error("there is no NVIDIA driver on this machine (" + file + " cannot be opened)");
    try {
        findFunctions();
        if (const nvml::Result result = init(); result != nvml::success)
            throw std::runtime_error(result == nvml::driverNotLoaded
                    ? "the NVIDIA driver is installed but not loaded"
                    : "the NVIDIA driver does not answer: " + describe(result));
    } catch (...) {
        dlclose(handle);
        throw;
    }
}

void GpuMonitor::Library::findFunctions()
{
    require(handle, "nvmlInit_v2", init);
    require(handle, "nvmlShutdown", shutdown);
    require(handle, "nvmlErrorString", errorString);
    require(handle, "nvmlDeviceGetCount_v2", getCount);
    require(handle, "nvmlDeviceGetHandleByIndex_v2", getHandle);
    find(handle, "nvmlDeviceGetName", getName);
    find(handle, "nvmlDeviceGetUtilizationRates", getUtilisation);
    find(handle, "nvmlDeviceGetMemoryInfo", getMemory);
    find(handle, "nvmlDeviceGetTemperature", getTemperature);
    find(handle, "nvmlDeviceGetPowerUsage", getPower);
    find(handle, "nvmlDeviceGetEnforcedPowerLimit", getPowerLimit);
}

GpuReading GpuMonitor::Library::readGpu(unsigned index) const
{
    GpuReading reading;
    reading.name = "GPU " + std::to_string(index);
    nvml::Device device = nullptr;
    if (const nvml::Result result = getHandle(index, &device); result != nvml::success) {
        reading.name += ": " + describe(result);
        return reading;
    }
    char name[128] = {};
    if (getName != nullptr && getName(device, name, sizeof name) == nvml::success)
        reading.name = name;
    if (const auto rates = ask<nvml::Utilization>(getUtilisation, device))
        reading.utilisation = rates->gpu / 100.0;
    if (const auto memory = ask<nvml::Memory>(getMemory, device)) {
        reading.memoryUsed = memory->used;
        reading.memoryTotal = memory->total;
    }
    reading.temperature = scaled(ask<unsigned>(getTemperature, device, nvml::temperatureOfGpu), 1.0);
    reading.power = scaled(ask<unsigned>(getPower, device), 1e-3);
    reading.powerLimit = scaled(ask<unsigned>(getPowerLimit, device), 1e-3);
    return reading;
}

GpuMonitor::GpuMonitor(const std::string& library)
{
    try {
        m_library = std::make_unique<Library>(library);
    } catch (const std::runtime_error& error) {
        m_reason = error.what();
    }
}

GpuMonitor::~GpuMonitor() = default;

GpuReadings GpuMonitor::read() const
{
    if (!m_library)
        return {{}, m_reason};
    unsigned count = 0;
    if (const nvml::Result result = m_library->getCount(&count); result != nvml::success)
        return {{}, "the NVIDIA driver does not answer: " + m_library->describe(result)};
    GpuReadings readings;
    for (unsigned index = 0; index < count; ++index)
        readings.gpus.push_back(m_library->readGpu(index));
    if (count == 0)
        readings.note = "the NVIDIA driver finds no GPU on this machine";
    return readings;
}

} // namespace ahascope::kernels
