#include "kernels/devices.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

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
    if (loaded.module == nullptr)
        throw DeviceError(loaded.reason);
    CudaReason reason{};
    const int count = loaded.module->listDevices(nullptr, 0, &reason);
    if (count == 0)
        throw DeviceError(reason.text);
    if (index >= count)
        throw DeviceError("there is no device cuda:" + std::to_string(index) + "; this machine has "
            + std::to_string(count) + ", counted from 0");
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

} // namespace

DeviceList listDevices()
{
    const HostMemory memory = hostMemory();
    const int cores = usableCores();
    DeviceList list;
    list.devices.push_back({"cpu",
        processorName() + ", " + toString(detectInstructionSet()) + ", " + std::to_string(cores)
            + (cores == 1 ? " thread" : " threads"),
        memory.total, memory.free});
    const LoadedModule loaded = openModule();
    if (loaded.module == nullptr) {
        list.cudaNote = loaded.reason;
        return list;
    }
    CudaDeviceInfo found[16] = {};
    CudaReason reason{};
    const int count = std::min(16, loaded.module->listDevices(found, 16, &reason));
    for (int i = 0; i < count; ++i)
        list.devices.push_back({"cuda:" + std::to_string(i), found[i].name, found[i].memory, found[i].free});
    list.cudaNote = reason.text;
    return list;
}

std::unique_ptr<Backend> makeBackend(const std::string& device, CpuOptions cpu)
{
    if (device == "cpu")
        return makeCpuBackend(cpu);
    if (device == "auto") {
        const LoadedModule loaded = openModule();
        CudaReason reason{};
        const int count = loaded.module != nullptr ? loaded.module->listDevices(nullptr, 0, &reason) : 0;
        for (int i = 0; i < count; ++i) {
            if (Backend* backend = loaded.module->makeBackend(i, &reason))
                return std::unique_ptr<Backend>(backend);
        }
        return makeCpuBackend(cpu);
    }
    const int index = cudaIndex(device);
    if (index < 0)
        throw DeviceError("\"" + device + "\" is no device; use \"cpu\", \"cuda\", \"cuda:0\" or \"auto\"");
    return makeCudaBackend(index);
}

} // namespace ahascope::kernels
