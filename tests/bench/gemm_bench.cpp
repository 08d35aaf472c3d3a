// Products of the tiny model against the FMA peak of the same run, and against OpenBLAS where one is given.
//
//   gemm_bench [--threads N] [--set baseline|avx2|avx512] [--blas /path/libopenblas.so.0]
//
// Every figure is the best of many short measurements, taken in turns with the peak, so that neighbours on the machine
// disturb both alike. OpenBLAS picks its kernels when it is loaded: set OPENBLAS_CORETYPE and OPENBLAS_NUM_THREADS.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <dlfcn.h>

#include "kernels/cpu/thread_pool.h"
#include "kernels/devices.h"
#include "tests/bench/fma_peak.h"

using namespace ahascope;
using namespace ahascope::kernels;

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    CpuOptions cpu{.threads = 2};
    std::string blas;
};

struct Shape {
    const char* name;
    std::int64_t rows, in, out;
};

constexpr Shape shapes[] = {{"qkv", 2048, 128, 384}, {"attention output", 2048, 128, 128},
    {"gate and up", 2048, 128, 1024}, {"down", 2048, 512, 128}, {"LM head", 2048, 128, 256},
    {"qkv, decoding 64", 64, 128, 384}, {"gate and up, decoding 64", 64, 128, 1024},
    {"down, decoding 64", 64, 512, 128}, {"gate and up, decoding 8", 8, 128, 1024}};

// cblas_sgemm(layout, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);

Sgemm openBlas(const std::string& path)
{
    if (path.empty())
        return nullptr;
    void* library = dlopen(path.c_str(), RTLD_NOW);
    if (library == nullptr) {
        std::fprintf(stderr, "gemm_bench: %s\n", dlerror());
        std::exit(2);
    }
    return reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
}

double rate(double flops, const std::function<void()>& work)
{
    const int times = std::max(1, static_cast<int>(2e7 / flops));
    const auto begin = Clock::now();
    for (int i = 0; i < times; ++i)
        work();
    return flops * times / std::chrono::duration<double>(Clock::now() - begin).count() / 1e9;
}

double peakOf(ThreadPool& pool, InstructionSet set)
{
    std::vector<double> peaks(static_cast<std::size_t>(pool.threads()), 0.0);
    pool.forRanges(pool.threads(), 1,
        [&](std::int64_t i, std::int64_t, int) { peaks[static_cast<std::size_t>(i)] = bench::fmaPeak(set); });
    double sum = 0;
    for (double peak : peaks)
        sum += peak;
    return sum;
}

class Matrices {
public:
    Matrices(Backend& backend, const Shape& s) : m_backend(backend), x(tensor(s.rows, s.in)), out(tensor(s.rows, s.out))
    {
        weight.value = tensor(s.out, s.in);
        weight.gradient = tensor(s.out, s.in);
        backend.prepare(weight);
        Weight* const weights[] = {&weight};
        backend.commit(weights);
    }

private:
    Tensor tensor(std::int64_t rows, std::int64_t columns)
    {
        m_buffers.push_back(m_backend.allocate(static_cast<std::size_t>(rows * columns) * sizeof(float)));
        Tensor tensor{m_buffers.back().get(), DType::F32, rows, columns, columns};
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            tensor.f32()[i] = float(m_random()) / 4294967296.0f - 0.5f;
        return tensor;
    }

    Backend& m_backend;
    std::mt19937 m_random{1};
    std::vector<Buffer> m_buffers;

public:
    Tensor x;
    Tensor out;
    Weight weight;
};

// The same three products by OpenBLAS (row-major = 101, no transposition = 111, transposed = 112).
std::vector<std::function<void()>> blasWork(Sgemm sgemm, const Shape& s, const Matrices& m)
{
    const int rows = int(s.rows), in = int(s.in), out = int(s.out);
    float* x = m.x.f32();
    float* y = m.out.f32();
    float* w = m.weight.value.f32();
    float* dw = m.weight.gradient.f32();
    return {[=] { sgemm(101, 111, 112, rows, out, in, 1, x, in, w, in, 0, y, out); },
        [=] { sgemm(101, 111, 111, rows, in, out, 1, y, out, w, in, 0, x, in); },
        [=] { sgemm(101, 112, 111, out, in, rows, 1, y, out, x, in, 1, dw, in); }};
}

void measure(const Shape& s, Backend& backend, ThreadPool& pool, InstructionSet set, Sgemm sgemm)
{
    Matrices m(backend, s);
    const std::vector<std::function<void()>> ours = {[&] { backend.linear(m.out, m.x, m.weight, {}); },
        [&] { backend.linearBackwardInput(m.x, m.out, m.weight); },
        [&] { backend.linearBackwardWeight(m.weight, {}, m.out, m.x); }};
    const std::vector<std::function<void()>> theirs
        = sgemm != nullptr ? blasWork(sgemm, s, m) : std::vector<std::function<void()>>{};
    const char* names[] = {"forward", "dX", "dW"};
    const double flops = 2.0 * double(s.rows) * double(s.in) * double(s.out);
    std::vector<double> best(3, 0.0), bestBlas(3, 0.0);
    double peak = 0;
    for (int repetition = 0; repetition < 25; ++repetition) {
        peak = std::max(peak, peakOf(pool, set));
        for (std::size_t i = 0; i < ours.size(); ++i) {
            backend.fill(m.out, 0.25f);
            backend.fill(m.x, 0.5f);
            best[i] = std::max(best[i], rate(flops, ours[i]));
            if (sgemm != nullptr)
                bestBlas[i] = std::max(bestBlas[i], rate(flops, theirs[i]));
        }
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
        std::printf("%-26s %5ld x %4ld -> %4ld  %-7s %7.1f GF/s  %3.0f %% of peak %.0f", s.name, long(s.rows),
            long(s.in), long(s.out), names[i], best[i], 100.0 * best[i] / peak, peak);
        if (sgemm != nullptr)
            std::printf("   OpenBLAS %7.1f GF/s", bestBlas[i]);
        std::printf("\n");
    }
}

Options parse(int argc, char** argv)
{
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--threads")
            options.cpu.threads = std::atoi(value.c_str());
        else if (name == "--blas")
            options.blas = value;
        else if (name == "--set")
            options.cpu.instructionSet = value == "avx512" ? InstructionSet::Avx512
                : value == "avx2"                          ? InstructionSet::Avx2
                                                           : InstructionSet::Baseline;
    }
    return options;
}

} // namespace

int main(int argc, char** argv)
{
    const Options options = parse(argc, argv);
    const Sgemm sgemm = openBlas(options.blas);
    const auto backend = makeCpuBackend(options.cpu);
    ThreadPool pool(options.cpu.threads);
    std::printf("%s\n", backend->name().c_str());
    for (const Shape& shape : shapes)
        measure(shape, *backend, pool, options.cpu.instructionSet, sgemm);
}
