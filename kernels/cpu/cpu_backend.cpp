#include "kernels/cpu/cpu_backend.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "kernels/cpu/processor.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

namespace {

constexpr std::size_t hugePage = std::size_t(2) << 20;
constexpr std::size_t cacheLine = 64;

std::size_t roundUp(std::size_t value, std::size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

OutOfMemory tooLittle(std::size_t bytes)
{
    return OutOfMemory("the computer has too little memory: " + std::to_string(bytes)
        + " bytes more were asked for; use a smaller batch, context or model");
}

} // namespace

CpuBackend::CpuBackend(CpuOptions options)
    : m_set(options.instructionSet)
    , m_products(productKernelsOf(m_set))
    , m_rows(rowKernelsOf(m_set))
    , m_pool(options.threads > 0 ? options.threads : usableCores())
{
    expect(m_set <= detectInstructionSet(), "this processor does not have the instruction set");
}

std::string CpuBackend::name() const
{
    const std::string threads = std::to_string(m_pool.threads()) + (m_pool.threads() == 1 ? " thread" : " threads");
    return "cpu (" + toString(m_set) + ", " + threads + ")";
}

std::byte* CpuBackend::doAllocate(std::size_t bytes)
{
    if (bytes > std::size_t(-1) / 2)
        throw tooLittle(bytes);
#ifdef __linux__
    if (bytes >= hugePage) { // zeroed by the system page by page when first touched, in large pages where it can
        void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            throw tooLittle(bytes);
        madvise(memory, bytes, MADV_HUGEPAGE);
        return static_cast<std::byte*>(memory);
    }
#endif
    const std::size_t rounded = roundUp(bytes == 0 ? 1 : bytes, cacheLine);
    void* memory = std::aligned_alloc(cacheLine, rounded);
    if (memory == nullptr)
        throw tooLittle(bytes);
    std::memset(memory, 0, rounded);
    return static_cast<std::byte*>(memory);
}

void CpuBackend::doFree(std::byte* memory, [[maybe_unused]] std::size_t bytes)
{
#ifdef __linux__
    if (bytes >= hugePage) {
        munmap(memory, bytes);
        return;
    }
#endif
    std::free(memory);
}

void CpuBackend::doUpload(Tensor to, const void* from)
{
    const std::size_t row = static_cast<std::size_t>(to.columns) * sizeOf(to.dtype);
    for (std::int64_t i = 0; i < to.rows; ++i)
        std::memcpy(
            to.rowRange(i, 1).data, static_cast<const std::byte*>(from) + static_cast<std::size_t>(i) * row, row);
}

void CpuBackend::doDownload(void* to, Tensor from)
{
    const std::size_t row = static_cast<std::size_t>(from.columns) * sizeOf(from.dtype);
    for (std::int64_t i = 0; i < from.rows; ++i)
        std::memcpy(static_cast<std::byte*>(to) + static_cast<std::size_t>(i) * row, from.rowRange(i, 1).data, row);
}

void CpuBackend::doCopy(Tensor to, Tensor from)
{
    const std::size_t row = static_cast<std::size_t>(to.columns) * sizeOf(to.dtype);
    for (std::int64_t i = 0; i < to.rows; ++i)
        std::memmove(to.rowRange(i, 1).data, from.rowRange(i, 1).data, row);
}

void CpuBackend::doFill(Tensor to, float value)
{
    for (std::int64_t i = 0; i < to.rows; ++i) {
        const Tensor row = to.rowRange(i, 1);
        if (to.dtype == DType::F32)
            std::fill_n(row.f32(), to.columns, value);
        else
            std::fill_n(row.i32(), to.columns, static_cast<std::int32_t>(value));
    }
}

void CpuBackend::reserveScratch(std::int64_t floats)
{
    const std::int64_t rounded = (floats + 15) / 16 * 16;
    if (rounded <= m_scratchFloats)
        return;
    m_scratchMemory.reset();
    m_scratchFloats = 0;
    m_scratchMemory = allocate(static_cast<std::size_t>(rounded * m_pool.threads()) * sizeof(float));
    m_scratch = reinterpret_cast<float*>(m_scratchMemory.get());
    m_scratchFloats = rounded;
}

float* CpuBackend::reserveShared(std::int64_t floats)
{
    if (floats > m_sharedFloats) {
        m_sharedMemory.reset();
        m_sharedFloats = 0;
        m_sharedMemory = allocate(static_cast<std::size_t>(floats) * sizeof(float));
        m_sharedFloats = floats;
    }
    return reinterpret_cast<float*>(m_sharedMemory.get());
}

Tensor CpuBackend::room(std::int64_t rows, std::int64_t columns)
{
    return {reinterpret_cast<std::byte*>(reserveShared(rows * columns)), DType::F32, rows, columns, columns};
}

std::unique_ptr<Backend> makeCpuBackend(CpuOptions options)
{
    return std::make_unique<CpuBackend>(options);
}

} // namespace ahascope::kernels
