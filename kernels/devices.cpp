#include "kernels/devices.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <dlfcn.h>

#include "kernels/cpu/processor.h"
#include "kernels/cuda/module.h"

namespace ahascope::kernels {

namespace {

struct LoadedModule {
    const CudaModule* module = nullptr;
    std::string reason; // why there is none
};

// Beside the program, in ../lib as in the build tree, and in ../lib/ahascope as installed.
std::vector<std::filesystem::path> modulePlaces()
{
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error)
        return {};
    const std::filesystem::path folder = program.parent_path();
    return {folder / cudaModuleFile, folder / "../lib" / cudaModuleFile, folder / "../lib/ahascope" / cudaModuleFile};
}

// The module stays open until the program ends: objects made by it have their code there.
LoadedModule openModule()
{
    std::error_code error;
    const auto places = modulePlaces();
    const auto found = std::find_if(
        places.begin(), places.end(), [&](const auto& place) { return std::filesystem::exists(place, error); });
    if (found == places.end())
        return {nullptr,
            std::string("the CUDA module (") + cudaModuleFile
                + ") is not installed beside the program; build with -DAHASCOPE_CUDA=ON to get it"};
    void* library = dlopen(found->c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return {nullptr, std::string("the CUDA module cannot be opened: ") + dlerror()};
    const auto factory = reinterpret_cast<CudaModuleFactory>(dlsym(library, cudaModuleFactoryName));
    const CudaModule* module = factory != nullptr ? factory() : nullptr;
    if (module == nullptr || module->interfaceVersion != cudaInterfaceVersion)
        return {nullptr, "the CUDA module belongs to another version of the program; install both from one build"};
    return {module, {}};
}

std::unique_ptr<Backend> makeCudaBackend(int index)
{
    const LoadedModule loaded = openModule();
    CudaReason reason{};
    std::unique_ptr<Backend> backend(loaded.module->makeBackend(index, &reason));
    if (!backend)
        throw DeviceError(reason.text);
    return backend;
}

// The N of "cuda:N", 0 for "cuda", -1 for anything else.
int cudaIndex(const std::string& device)
{
    if (device == "cuda")
        return 0;
    int index = -1;
    const char* end = device.data() + device.size();
    if (device.rfind("cuda:", 0) != 0)
        return -1;
    const auto result = std::from_chars(device.data() + 5, end, index);
    return result.ec == std::errc{} && result.ptr == end ? index : -1;
}

std::string cudaVersion(int version)
{
    return "CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// "550.54.15"; empty where the driver's part in the system says nothing of itself.
std::string nvidiaDriverVersion()
{
    std::ifstream file("/proc/driver/nvidia/version");
    std::string word;
    while (file >> word)
        if (word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos)
            return word;
    return {};
}

Device cudaDevice(int index, const CudaDeviceInfo& info)
{
    const std::string driver = nvidiaDriverVersion();
    return {.id = "cuda:" + std::to_string(index),
        .name = info.name,
        .memory = info.memory,
        .free = info.free,
        .compute = std::to_string(info.computeMajor) + "." + std::to_string(info.computeMinor),
        .driver = (driver.empty() ? "" : driver + ", ") + cudaVersion(info.driverVersion),
        .runtime = cudaVersion(info.runtimeVersion)};
}

Device processor()
{
    const HostMemory memory = hostMemory();
    const int cores = usableCores();
    Device device;
    device.id = "cpu";
    device.name = processorName() + ", " + toString(detectInstructionSet()) + ", " + std::to_string(cores)
        + (cores == 1 ? " thread" : " threads");
    device.memory = memory.total;
    device.free = memory.free;
    return device;
}

} // namespace

DeviceList listDevices()
{
    DeviceList list;
    list.devices.push_back(processor());
    const LoadedModule loaded = openModule();
    if (loaded.module == nullptr) {
        list.cudaNote = loaded.reason;
        return list;
    }
    CudaDeviceInfo found[16] = {};
    CudaReason reason{};
    const int count = std::min(16, loaded.module->listDevices(found, 16, &reason));
    for (int i = 0; i < count; ++i)
        list.devices.push_back(cudaDevice(i, found[i]));
    list.cudaNote = reason.text;
    return list;
}

ChosenDevice chooseDevice(const std::string& name)
{
    if (name == "cpu")
        return {processor(), {}};
    const int index = name == "auto" ? 0 : cudaIndex(name);
    if (index < 0)
        throw DeviceError("\"" + name + "\" is no device; use \"cpu\", \"cuda\", \"cuda:0\" or \"auto\"");
    const DeviceList list = listDevices();
    const std::size_t count = list.devices.size() - 1;
    if (static_cast<std::size_t>(index) < count)
        return {list.devices[static_cast<std::size_t>(index) + 1], {}};
    if (name == "auto")
        return {list.devices.front(), list.cudaNote};
    if (count == 0)
        throw DeviceError(list.cudaNote);
    throw DeviceError("there is no device cuda:" + std::to_string(index) + "; this machine has " + std::to_string(count)
        + ", counted from 0");
}

OpenedDevice openDevice(const std::string& name, CpuOptions cpu)
{
    if (name != "auto") {
        const ChosenDevice chosen = chooseDevice(name);
        return {chosen.device.id == "cpu" ? makeCpuBackend(cpu) : makeCudaBackend(cudaIndex(chosen.device.id)), chosen};
    }
    const DeviceList list = listDevices();
    std::string reason = list.cudaNote;
    for (std::size_t i = 1; i < list.devices.size(); ++i) {
        try {
            return {makeCudaBackend(static_cast<int>(i) - 1), {list.devices[i], {}}};
        } catch (const DeviceError& error) {
            reason = list.devices[i].id + ": " + error.what();
        }
    }
    return {makeCpuBackend(cpu), {list.devices.front(), reason}};
}

std::unique_ptr<Backend> makeBackend(const std::string& name, CpuOptions cpu)
{
    return openDevice(name, cpu).backend;
}

} // namespace ahascope::kernels
