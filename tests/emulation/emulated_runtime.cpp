#include "cuda_runtime.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "fibers.h"

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

struct EmulatedStream {
    EmulatedGraph* capture = nullptr;
};
struct EmulatedGraph {
    std::vector<std::function<void()>> work;
};
struct EmulatedEvent {
    std::chrono::steady_clock::time_point time;
};

namespace emulation {

namespace {

constexpr std::size_t sharedWithoutAsking = 48 << 10;
constexpr std::size_t sharedMost = 227 << 10; // compute capability 9.0

Order order = Order::Forward;
std::map<const void*, std::size_t> sharedAllowed;
std::map<void*, std::size_t> allocations;
std::size_t memoryInUse = 0;
std::size_t memory = std::size_t(64) << 30;
alignas(128) unsigned char sharedBytes[sharedMost];

struct Warp {
    Lanes lanes[2]; // in turns: no lane is a meeting ahead of one that still reads
    unsigned waiting = 0;
    unsigned meetings = 0;
    Rendezvous kind = Rendezvous::Sync;
};

// What a thread has begun to copy.
struct Copies {
    struct Copy {
        void* to;
        const void* from;
    };
    std::vector<Copy> open;
    std::vector<std::vector<Copy>> groups; // oldest first

    void finish(std::size_t pending);
};

void Copies::finish(std::size_t pending)
{
    const std::size_t count = groups.size() - std::min(pending, groups.size());
    for (std::size_t i = 0; i < count; ++i) {
        for (const Copy& copy : groups[i]) {
            if (copy.from != nullptr)
                std::memcpy(copy.to, copy.from, 16);
            else
                std::memset(copy.to, 0, 16);
        }
    }
    groups.erase(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(count));
}

[[noreturn]] void fail(const char* what)
{
    // A kernel cannot throw, and a device that hangs would not go on either.
    std::fprintf(stderr, "emulated device: %s\n", what);
    std::abort();
}

// One block: its threads are fibers that run until they wait.
class Block {
public:
    explicit Block(const std::function<void()>& thread)
        : m_thread(thread)
        , m_threads(blockDim.x * blockDim.y * blockDim.z)
        , m_states(m_threads, State::Ready)
        , m_warps((m_threads + warpSize - 1) / warpSize)
        , m_copies(m_threads)
    {
    }

    void run();
    unsigned index() const { return m_index; }
    Copies& copies() { return m_copies[m_index]; }
    void waitForBlock();
    const Lanes& meet(Rendezvous kind, const std::uint32_t* words, unsigned count);

private:
    enum class State : std::uint8_t { Ready, AtBarrier, InWarp, Done };
    unsigned lanesOf(unsigned warp) const { return std::min(warpSize, m_threads - warp * warpSize); }
    bool release();
    void pause(State state)
    {
        m_states[m_index] = state;
        m_fibers->pause();
    }

    const std::function<void()>& m_thread;
    const unsigned m_threads;
    unsigned m_index = 0; // of the thread that runs
    std::vector<State> m_states;
    std::vector<Warp> m_warps;
    std::vector<Copies> m_copies;
    Fibers* m_fibers = nullptr;
};

Block* block = nullptr;

void Block::run()
{
    static Fibers fibers;
    static std::mt19937 random(1);
    m_fibers = &fibers;
    fibers.start(m_threads, [this](unsigned index) {
        m_thread();
        m_states[index] = State::Done;
    });
    std::vector<unsigned> turns(m_threads);
    std::iota(turns.begin(), turns.end(), 0u);
    if (order == Order::Backward)
        std::reverse(turns.begin(), turns.end());
    block = this;
    do {
        if (order == Order::Shuffled)
            std::shuffle(turns.begin(), turns.end(), random);
        for (const unsigned i : turns) {
            if (m_states[i] != State::Ready)
                continue;
            m_index = i;
            threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
            fibers.resume(i);
        }
    } while (release());
    block = nullptr;
}

// Lets those go on who wait for nobody any more; false when all are done.
bool Block::release()
{
    if (std::all_of(m_states.begin(), m_states.end(), [](State s) { return s == State::Done; }))
        return false;
    bool any = std::count(m_states.begin(), m_states.end(), State::Ready) > 0;
    if (std::all_of(m_states.begin(), m_states.end(), [](State s) { return s == State::AtBarrier; })) {
        m_states.assign(m_threads, State::Ready);
        any = true;
    }
    if (!any)
        fail("threads of a block wait at different places: a barrier that some of them never reach");
    return true;
}

void Block::waitForBlock()
{
    pause(State::AtBarrier);
}

const Lanes& Block::meet(Rendezvous kind, const std::uint32_t* words, unsigned count)
{
    const unsigned index = m_index;
    Warp& warp = m_warps[index / warpSize];
    if (warp.waiting == 0)
        warp.kind = kind;
    else if (warp.kind != kind)
        fail("lanes of a warp meet in different instructions");
    Lanes& lanes = warp.lanes[warp.meetings % 2];
    std::copy_n(words, count, lanes.words[index % warpSize]);
    if (++warp.waiting == lanesOf(index / warpSize)) {
        warp.waiting = 0;
        ++warp.meetings;
        const unsigned first = index / warpSize * warpSize;
        std::fill_n(m_states.begin() + first, lanesOf(index / warpSize), State::Ready);
        return lanes;
    }
    pause(State::InWarp);
    return lanes;
}

void runGrid(const cudaLaunchConfig_t& config, const std::function<void()>& thread)
{
    blockDim = config.blockDim;
    gridDim = config.gridDim;
    for (unsigned z = 0; z < config.gridDim.z; ++z) {
        for (unsigned y = 0; y < config.gridDim.y; ++y) {
            for (unsigned x = 0; x < config.gridDim.x; ++x) {
                blockIdx = {x, y, z};
                std::fill_n(sharedBytes, config.dynamicSmemBytes, 0xff); // NaN in every type
                Block(thread).run();
            }
        }
    }
}

bool launchable(const cudaLaunchConfig_t& config, const void* kernel)
{
    const dim3 grid = config.gridDim;
    const dim3 threads = config.blockDim;
    const auto allowed = sharedAllowed.find(kernel);
    const std::size_t shared = allowed == sharedAllowed.end() ? sharedWithoutAsking : allowed->second;
    return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x < 1u << 31 && grid.y < 65536 && grid.z < 65536
        && threads.x * threads.y * threads.z > 0 && threads.x * threads.y * threads.z <= 1024 && threads.z <= 64
        && config.dynamicSmemBytes <= shared;
}

cudaError_t lastError = cudaSuccess;

cudaError_t failed(cudaError_t error)
{
    lastError = error;
    return error;
}

} // namespace

const Lanes& meet(Rendezvous kind, const std::uint32_t* words, unsigned count)
{
    return block->meet(kind, words, count);
}

unsigned lane()
{
    return block->index() % warpSize;
}

void waitForBlock()
{
    block->waitForBlock();
}

unsigned char* dynamicShared()
{
    return sharedBytes;
}

void copyLater(void* to, const void* from)
{
    block->copies().open.push_back({to, from});
}

void commitCopies()
{
    Copies& copies = block->copies();
    copies.groups.push_back(std::move(copies.open));
    copies.open.clear();
}

void finishCopies(std::size_t pending)
{
    block->copies().finish(pending);
}

cudaError_t submit(cudaStream_t stream, std::function<void()> work)
{
    if (stream != nullptr && stream->capture != nullptr)
        stream->capture->work.push_back(std::move(work));
    else
        work();
    return cudaSuccess;
}

cudaError_t submit(const cudaLaunchConfig_t& config, const void* kernel, std::function<void()> thread)
{
    if (!launchable(config, kernel))
        return failed(cudaErrorInvalidConfiguration);
    return submit(config.stream, [config, thread = std::move(thread)] { runGrid(config, thread); });
}

void setThreadOrder(Order wanted)
{
    order = wanted;
}

void setMemory(std::size_t bytes)
{
    memory = bytes;
}

} // namespace emulation

using emulation::failed;

cudaError_t cudaGetDeviceCount(int* count)
{
    *count = 1;
    return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int)
{
    *properties = {"emulated", emulation::memory, 4, 9, 0, emulation::sharedMost};
    return cudaSuccess;
}
cudaError_t cudaSetDevice(int)
{
    return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total)
{
    *free = emulation::memory - std::min(emulation::memory, emulation::memoryInUse);
    *total = emulation::memory;
    return cudaSuccess;
}
cudaError_t cudaGetLastError()
{
    const cudaError_t error = emulation::lastError;
    emulation::lastError = cudaSuccess;
    return error;
}
const char* cudaGetErrorString(cudaError_t error)
{
    return error == cudaErrorMemoryAllocation    ? "out of memory"
        : error == cudaErrorInvalidConfiguration ? "invalid configuration argument"
                                                 : "error";
}
cudaError_t cudaMalloc(void** result, std::size_t bytes)
{
    if (bytes > emulation::memory || emulation::memoryInUse > emulation::memory - bytes)
        return failed(cudaErrorMemoryAllocation);
    *result = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(*result, 0xff, bytes); // NaN in every type
    emulation::allocations[*result] = bytes;
    emulation::memoryInUse += bytes;
    return cudaSuccess;
}
cudaError_t cudaFree(void* freed)
{
    if (freed == nullptr)
        return cudaSuccess;
    const auto found = emulation::allocations.find(freed);
    if (found == emulation::allocations.end())
        return failed(cudaErrorInvalidValue);
    emulation::memoryInUse -= found->second;
    emulation::allocations.erase(found);
    std::free(freed);
    return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream)
{
    return emulation::submit(stream, [=] { std::memset(to, value, bytes); });
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream)
{
    return emulation::submit(stream, [=] { std::memmove(to, from, bytes); });
}
cudaError_t cudaMemcpy2DAsync(void* to, std::size_t toPitch, const void* from, std::size_t fromPitch, std::size_t width,
    std::size_t height, cudaMemcpyKind, cudaStream_t stream)
{
    if (toPitch < width || fromPitch < width)
        return failed(cudaErrorInvalidValue);
    return emulation::submit(stream, [=] {
        for (std::size_t i = 0; i < height; ++i)
            std::memmove(static_cast<char*>(to) + i * toPitch, static_cast<const char*>(from) + i * fromPitch, width);
    });
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned)
{
    *stream = new EmulatedStream;
    return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    delete stream;
    return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    return stream->capture != nullptr ? failed(cudaErrorInvalidValue) : cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode)
{
    stream->capture = new EmulatedGraph;
    return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph)
{
    *graph = stream->capture;
    stream->capture = nullptr;
    return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long)
{
    *executable = new EmulatedGraph(*graph);
    return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable)
{
    delete executable;
    return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t)
{
    for (const std::function<void()>& work : executable->work)
        work();
    return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event)
{
    *event = new EmulatedEvent;
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t)
{
    event->time = std::chrono::steady_clock::now();
    return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t)
{
    return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end)
{
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - begin->time).count();
    return cudaSuccess;
}
cudaError_t emulatedFuncSetAttribute(const void* kernel, cudaFuncAttribute, int value)
{
    if (value < 0 || static_cast<std::size_t>(value) > emulation::sharedMost)
        return failed(cudaErrorInvalidValue);
    emulation::sharedAllowed[kernel] = static_cast<std::size_t>(value);
    return cudaSuccess;
}
