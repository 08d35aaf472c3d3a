// Loading the weights of a model against a plain loop that reads the same bytes and converts them to F32.
//
//   load_bench make FOLDER           random weights in the shape of a 1.5B Qwen2, BF16, about 3 GB
//   load_bench FOLDER [REPEAT]       time of both in turns, and the peak memory of loading
//
// The loop reads 1 MiB at a time into one buffer and converts it into fresh memory. Loading is what loadPolicy() does:
// open and check the files, allocate the parameters, convert, commit. Peak memory is compared with what the backend
// holds in the end, the process's own before it taken off.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

#include "core/formats/atomic_file.h"
#include "core/formats/model_config_json.h"
#include "core/formats/weight_files.h"
#include "core/model/parameters.h"
#include "kernels/devices.h"

using namespace ahascope;

namespace {

namespace fs = std::filesystem;

double seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

model::ModelConfig billionAndAHalf() // Qwen2.5-1.5B
{
    model::ModelConfig config;
    config.vocabSize = 151936;
    config.hiddenSize = 1536;
    config.intermediateSize = 8960;
    config.layers = 28;
    config.heads = 12;
    config.kvHeads = 2;
    config.headDim = 128;
    config.maxPositions = 32768;
    config.ropeTheta = 1e6f;
    return config;
}

std::uint64_t bytesOf(const model::ModelConfig& config)
{
    const auto plan = kernels::makePlanBackend();
    const model::Parameters parameters(*plan, config, model::Gradients::None);
    return plan->bytesInUse();
}

std::vector<formats::TensorShape> shapesOf(const model::ModelConfig& config)
{
    const auto plan = kernels::makePlanBackend();
    const model::Parameters parameters(*plan, config, model::Gradients::None);
    std::vector<formats::TensorShape> shapes;
    for (const model::NamedTensor& tensor : parameters.tensors())
        shapes.push_back(tensor.vector ? formats::TensorShape{tensor.name, {tensor.columns}}
                                       : formats::TensorShape{tensor.name, {tensor.rows, tensor.columns}});
    return shapes;
}

void make(const fs::path& folder)
{
    fs::create_directories(folder);
    formats::writeFileAtomically(
        folder / "config.json", formats::modelConfigJson(billionAndAHalf(), formats::TensorType::BF16));
    formats::WeightSource source{
        .tensors = shapesOf(billionAndAHalf()), .type = formats::TensorType::BF16, .values = {}};
    std::uint32_t state = 1;
    source.values = [&](std::size_t, std::span<float> into) {
        for (float& value : into) {
            state = state * 1664525u + 1013904223u; // Knuth, TAOCP 3.3.4
            value = (static_cast<float>(state >> 8) * 0x1p-24f - 0.5f) * 0.1f;
        }
    };
    formats::writeWeightFiles(folder, source);
}

// Takes as much memory as loading will and gives it back: what a hypervisor has to fetch first is not measured.
void warmMemory(std::uint64_t bytes)
{
    constexpr std::uint64_t page = 4096;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    ::madvise(memory, bytes, MADV_HUGEPAGE);
    for (std::uint64_t at = 0; at < bytes; at += page)
        static_cast<volatile char*>(memory)[at] = 1;
    ::munmap(memory, bytes);
}

double plainLoop(const fs::path& folder)
{
    const double begin = seconds();
    std::uint64_t bytes = 0;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".safetensors") {
            files.push_back(entry.path());
            bytes += entry.file_size();
        }
    }
    const std::unique_ptr<float[]> values(new float[bytes / 2]);
    std::vector<std::uint16_t> buffer(1u << 19);
    std::size_t at = 0;
    for (const fs::path& file : files) {
        const int descriptor = ::open(file.c_str(), O_RDONLY);
        for (ssize_t got; (got = ::read(descriptor, buffer.data(), buffer.size() * 2)) > 0;) {
            for (ssize_t i = 0; i < got / 2; ++i) {
                const std::uint32_t bits = std::uint32_t{buffer[static_cast<std::size_t>(i)]} << 16;
                std::memcpy(&values[at++], &bits, sizeof bits);
            }
        }
        ::close(descriptor);
    }
    return seconds() - begin;
}

// "VmHWM" or "VmRSS" of this process, bytes.
std::uint64_t memory(const std::string& key)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key + ":"))
            return std::strtoull(line.c_str() + key.size() + 1, nullptr, 10) * 1024;
    return 0;
}

struct Loaded {
    double open = 0, allocate = 0, convert = 0, commit = 0;
    std::uint64_t target = 0, peak = 0;
    double total() const { return open + allocate + convert + commit; }
};

Loaded load(const fs::path& folder)
{
    std::ofstream("/proc/self/clear_refs") << "5"; // begins the peak anew
    const std::uint64_t before = memory("VmRSS");
    Loaded result;
    double last = seconds();
    const auto lap = [&] { return seconds() - std::exchange(last, seconds()); };
    const auto backend = kernels::makeCpuBackend();
    const formats::WeightFiles weights(folder);
    result.open = lap();
    model::Parameters parameters(*backend, billionAndAHalf(), model::Gradients::None);
    result.allocate = lap();
    formats::readWeights(weights, folder.string(), shapesOf(billionAndAHalf()),
        [&](std::size_t index, std::int64_t first, std::span<const float> values) {
            parameters.setPart(parameters.tensors()[index], first, values);
        });
    result.convert = lap();
    parameters.commit();
    result.commit = lap();
    result.target = backend->bytesInUse();
    result.peak = memory("VmHWM") - before;
    return result;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || (std::string(argv[1]) == "make" && argc < 3)) {
        std::fprintf(stderr, "usage: load_bench make FOLDER | load_bench FOLDER [REPEAT]\n");
        return 2;
    }
    if (std::string(argv[1]) == "make") {
        make(argv[2]);
        return 0;
    }
    const std::uint64_t needed = bytesOf(billionAndAHalf());
    std::vector<double> ratios;
    for (int repeat = argc > 2 ? std::atoi(argv[2]) : 3; repeat > 0; --repeat) {
        warmMemory(needed);
        const double plain = plainLoop(argv[1]);
        warmMemory(needed);
        const Loaded loaded = load(argv[1]);
        ratios.push_back(loaded.total() / plain);
        std::printf("plain %.2f s, load %.2f s (open %.2f, allocate %.2f, convert %.2f, commit %.2f): %.2f times\n",
            plain, loaded.total(), loaded.open, loaded.allocate, loaded.convert, loaded.commit, ratios.back());
        std::printf("peak %.2f GB, weights %.2f GB: %.3f times\n", static_cast<double>(loaded.peak) / 1e9,
            static_cast<double>(loaded.target) / 1e9,
            static_cast<double>(loaded.peak) / static_cast<double>(loaded.target));
    }
    std::sort(ratios.begin(), ratios.end());
    std::printf("median: loading takes %.2f times the plain loop\n", ratios[ratios.size() / 2]);
}
