// The figures of a GPU: see README.md.
//
//   gpu_bench [--device cuda] [--shape 0.5B] NAME...
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "kernels/devices.h"
#include "tests/gpu/benchmarks.h"
#include "tests/gpu/shapes.h"

namespace {

using namespace ahascope;

struct Entry {
    const char* name;
    void (*run)(const gpu::BenchContext&);
    const char* asked;
};

constexpr Entry entries[] = {
    {"decode", gpu::benchDecode,
        "B1, batch 256, context 512: .30 / .50 / .65 of the roofline for 0.5B / 1.5B / 7B, aim .75 / .80 / .85; "
        "context 8k and 32k, batch 32, 1.5B: .50, aim .85"},
    {"head", gpu::benchHead, "B5: at most 1.5, aim 1.03"},
    {"training", gpu::benchTraining, "B6: .35 / .45 of the product rate for 0.5B / 1.5B, aim .68 / .78"},
    {"loss_memory", gpu::benchLossMemory, "B8: at most .10, aim .02"},
    {"shared_prompts", gpu::benchSharedPrompts, "B10: .5 of the bound, aim .9"},
    {"exactness", gpu::benchExactness, "B12: mean at most 2e-3, aim 0"},
    {"rollout", gpu::benchRollout, "B2, B9: against tests/bench/peers/gpu_peer.py, 3x and 4x, aim 10x and 12x"},
};

int usage()
{
    std::fprintf(stderr, "usage: gpu_bench [--device cuda] [--shape 0.5B|1.5B|7B|tiny] NAME...\nnames:");
    for (const Entry& entry : entries)
        std::fprintf(stderr, " %s", entry.name);
    std::fprintf(stderr, "\n");
    return 2;
}

} // namespace

int main(int count, char** arguments)
{
    std::string device = "cuda";
    std::string shape = "0.5B";
    std::vector<const Entry*> wanted;
    for (int i = 1; i < count; ++i) {
        if (std::strcmp(arguments[i], "--device") == 0 && i + 1 < count) {
            device = arguments[++i];
            continue;
        }
        if (std::strcmp(arguments[i], "--shape") == 0 && i + 1 < count) {
            shape = arguments[++i];
            continue;
        }
        const Entry* found = nullptr;
        for (const Entry& entry : entries)
            found = std::strcmp(arguments[i], entry.name) == 0 ? &entry : found;
        if (found == nullptr)
            return usage();
        wanted.push_back(found);
    }
    if (wanted.empty())
        return usage();
    try {
        const auto backend = kernels::makeBackend(device);
        std::printf("== %s, %s\n", backend->name().c_str(), shape.c_str());
        for (const Entry* entry : wanted) {
            std::printf("-- %s (%s)\n", entry->name, entry->asked);
            entry->run({*backend, gpu::shapeOf(shape), shape == "tiny"});
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
