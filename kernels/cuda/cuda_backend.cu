#include "kernels/cuda/cuda_backend.h"

#include <limits>

#include "kernels/cuda/check.h"
#include "kernels/cuda/graph.h"
#include "kernels/cuda/products.h"

namespace ahascope::kernels {

using namespace cuda;

CudaBackend::CudaBackend(int device) : m_device(device)
{
    check(cudaSetDevice(device), "open the GPU");
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "ask for the GPU's properties");
    if (properties.major < 8)
        throw DeviceError(std::string(properties.name) + " has compute capability " + std::to_string(properties.major)
            + "." + std::to_string(properties.minor) + "; 8.0 or higher is needed. Use the device \"cpu\"");
    m_name = "cuda:" + std::to_string(device) + " (" + properties.name + ")";
    check(cudaStreamCreateWithFlags(&m_stream, cudaStreamNonBlocking), "make a stream");
    m_products = std::make_unique<Products>(*this);
}

// Nothing here throws: after a lost device every call fails.
CudaBackend::~CudaBackend()
{
    cudaStreamSynchronize(m_stream);
    m_recordings.clear();
    m_products.reset();
    for (Buffer& buffer : m_scratch)
        buffer.reset();
    m_quantiles.reset();
    cudaStreamDestroy(m_stream);
}

void CudaBackend::synchronize()
{
    check(cudaStreamSynchronize(m_stream), "wait for the GPU");
}

std::byte* CudaBackend::doAllocate(std::size_t bytes)
{
    if (bytes > std::numeric_limits<std::size_t>::max() / 2)
        checkAllocation(cudaErrorMemoryAllocation, bytes);
    void* memory = nullptr;
    checkAllocation(cudaMalloc(&memory, bytes == 0 ? 1 : bytes), bytes);
    check(cudaMemsetAsync(memory, 0, bytes, m_stream), "clear memory");
    return static_cast<std::byte*>(memory);
}

void CudaBackend::doFree(std::byte* memory, std::size_t)
{
    if (!m_recording)
        m_recordings.clear(); // they may know the memory, and its address may be given out again
    cudaFree(memory);         // waits for the device; what fails has been reported by the operation that failed
}

std::byte* CudaBackend::scratch(Scratch purpose, std::size_t bytes)
{
    const auto index = static_cast<std::size_t>(purpose);
    if (bytes > m_scratchBytes[index]) {
        expect(!m_recording, "scratch memory grows while a recording is made");
        m_scratch[index].reset();
        m_scratchBytes[index] = 0;
        m_scratch[index] = allocate(bytes);
        m_scratchBytes[index] = bytes;
    }
    return m_scratch[index].get();
}

Tensor CudaBackend::room(std::int64_t rows, std::int64_t columns)
{
    std::byte* const memory = scratch(Scratch::Composite, static_cast<std::size_t>(rows * columns) * sizeof(float));
    return {memory, DType::F32, rows, columns, columns};
}

namespace {

std::size_t rowBytes(const Tensor& tensor)
{
    return static_cast<std::size_t>(tensor.columns) * sizeOf(tensor.dtype);
}

std::size_t pitch(const Tensor& tensor)
{
    return tensor.rows <= 1 ? rowBytes(tensor) : static_cast<std::size_t>(tensor.stride) * sizeOf(tensor.dtype);
}

} // namespace

void CudaBackend::doUpload(Tensor to, const void* from)
{
    check(cudaMemcpy2DAsync(to.data, pitch(to), from, rowBytes(to), rowBytes(to), static_cast<std::size_t>(to.rows),
              cudaMemcpyHostToDevice, m_stream),
        "upload");
}

void CudaBackend::doDownload(void* to, Tensor from)
{
    check(cudaMemcpy2DAsync(to, rowBytes(from), from.data, pitch(from), rowBytes(from),
              static_cast<std::size_t>(from.rows), cudaMemcpyDeviceToHost, m_stream),
        "download");
    synchronize();
}

void CudaBackend::doCopy(Tensor to, Tensor from)
{
    check(cudaMemcpy2DAsync(to.data, pitch(to), from.data, pitch(from), rowBytes(to), static_cast<std::size_t>(to.rows),
              cudaMemcpyDeviceToDevice, m_stream),
        "copy");
}

void CudaBackend::replay(std::uint64_t key, const std::function<void()>& fn)
{
    const auto found = m_recordings.find(key);
    if (found == m_recordings.end()) {
        fn();
        m_recordings.try_emplace(key);
        return;
    }
    if (!found->second) {
        m_recording = true;
        try {
            found->second = std::make_unique<Graph>(m_stream, fn);
        } catch (...) {
            m_recording = false;
            throw;
        }
        m_recording = false;
    }
    found->second->launch(m_stream);
}

} // namespace ahascope::kernels
