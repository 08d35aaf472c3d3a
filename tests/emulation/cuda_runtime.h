// The part of the CUDA runtime that kernels/cuda uses, on the processor: so that its kernels and launches can be tested
// where there is no GPU. Every thread of a block is a fiber, blocks run one after another, and what a real device would
// refuse or hang on (a launch beyond its limits, a barrier that some threads never reach) is an error here. Names and
// signatures are CUDA's; what they mean stands in NVIDIA's CUDA Runtime API reference.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__

#define CUDART_VERSION 13000

enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInsufficientDriver = 35,
    cudaErrorNoDevice = 100,
    cudaErrorIllegalAddress = 700,
};

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) { }
};
struct float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y)
{
    return {x, y};
}
inline float4 make_float4(float x, float y, float z, float w)
{
    return {x, y, z, w};
}
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w)
{
    return {x, y, z, w};
}

struct EmulatedStream;
using cudaStream_t = EmulatedStream*;
struct EmulatedGraph;
using cudaGraph_t = EmulatedGraph*;
using cudaGraphExec_t = EmulatedGraph*;
struct EmulatedEvent;
using cudaEvent_t = EmulatedEvent*;
struct cudaLaunchAttribute { };
struct cudaLaunchConfig_t {
    dim3 gridDim;
    dim3 blockDim;
    std::size_t dynamicSmemBytes = 0;
    cudaStream_t stream = nullptr;
    cudaLaunchAttribute* attrs = nullptr;
    unsigned numAttrs = 0;
};
struct cudaDeviceProp {
    char name[256];
    std::size_t totalGlobalMem;
    int multiProcessorCount;
    int major;
    int minor;
    std::size_t sharedMemPerBlockOptin;
};

namespace emulation {

constexpr unsigned warpSize = 32;

// Words that the lanes of a warp show each other.
struct Lanes {
    std::uint32_t words[warpSize][8];
};
enum class Rendezvous { Sync, Shuffle, Vote, Product, Matrices };
// Waits for the other lanes of the warp, each having given up to eight words; what all gave.
const Lanes& meet(Rendezvous kind, const std::uint32_t* words, unsigned count);
unsigned lane();
void waitForBlock();
unsigned char* dynamicShared();
// Copies of 16 bytes that run beside a kernel (null: zeros): they arrive when their thread waits for them, not before,
// so that a wait that is missing shows.
void copyLater(void* to, const void* from);
void commitCopies();
void finishCopies(std::size_t pending); // until so many groups are left

// Runs the grid now, or records it when the stream is being captured.
cudaError_t submit(const cudaLaunchConfig_t& config, const void* kernel, std::function<void()> thread);
// The same for work of the host, such as a product of cuBLASLt.
cudaError_t submit(cudaStream_t stream, std::function<void()> work);

enum class Order { Forward, Backward, Shuffled };
// In which order the threads of a block run between two barriers: kernels without races do not care.
void setThreadOrder(Order order);
// The next allocations beyond so many bytes in all fail.
void setMemory(std::size_t bytes);

} // namespace emulation

// Of the thread that runs.
extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

template <class... Expected, class... Given>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Expected...), Given&&... given)
{
    std::tuple<Expected...> arguments(static_cast<Expected>(given)...);
    return emulation::submit(*config, reinterpret_cast<const void*>(kernel),
        [kernel, arguments = std::move(arguments)] { std::apply(kernel, arguments); });
}

enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
constexpr unsigned cudaStreamNonBlocking = 1;

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total);
cudaError_t cudaGetLastError();
const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaMalloc(void** memory, std::size_t bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemcpy2DAsync(void* to, std::size_t toPitch, const void* from, std::size_t fromPitch, std::size_t width,
    std::size_t height, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream);
cudaError_t cudaEventCreate(cudaEvent_t* event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end);
cudaError_t emulatedFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value);
template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel* kernel, cudaFuncAttribute attribute, int value)
{
    return emulatedFuncSetAttribute(reinterpret_cast<const void*>(kernel), attribute, value);
}

// ---- Device functions

inline void __syncthreads()
{
    emulation::waitForBlock();
}
inline void __syncwarp(unsigned = 0xffffffffu)
{
    emulation::meet(emulation::Rendezvous::Sync, nullptr, 0);
}

template <class T>
T emulatedShuffle(T value, unsigned from)
{
    static_assert(sizeof(T) % 4 == 0 && sizeof(T) <= 32);
    std::uint32_t words[sizeof(T) / 4];
    std::memcpy(words, &value, sizeof(T));
    const emulation::Lanes& all = emulation::meet(emulation::Rendezvous::Shuffle, words, sizeof(T) / 4);
    std::memcpy(&value, all.words[from % emulation::warpSize], sizeof(T));
    return value;
}
template <class T>
T __shfl_sync(unsigned, T value, int from)
{
    return emulatedShuffle(value, static_cast<unsigned>(from));
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask)
{
    return emulatedShuffle(value, emulation::lane() ^ static_cast<unsigned>(mask));
}
inline unsigned __ballot_sync(unsigned, int predicate)
{
    const std::uint32_t mine = predicate != 0;
    const emulation::Lanes& all = emulation::meet(emulation::Rendezvous::Vote, &mine, 1);
    unsigned votes = 0;
    for (unsigned i = 0; i < emulation::warpSize; ++i)
        votes |= all.words[i][0] << i;
    return votes;
}

inline int min(int a, int b)
{
    return a < b ? a : b;
}
inline int max(int a, int b)
{
    return a < b ? b : a;
}
inline float __expf(float x)
{
    return std::exp(x);
}
inline float __logf(float x)
{
    return std::log(x);
}
inline float __fdividef(float x, float y)
{
    return x / y;
}
inline float rsqrtf(float x)
{
    return 1.0f / std::sqrt(x);
}
inline unsigned __umulhi(unsigned a, unsigned b)
{
    return static_cast<unsigned>((std::uint64_t(a) * b) >> 32);
}
inline float __uint_as_float(unsigned bits)
{
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}
inline unsigned __float_as_uint(float value)
{
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}
inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}
inline int __ffs(int x)
{
    return __builtin_ffs(x);
}
