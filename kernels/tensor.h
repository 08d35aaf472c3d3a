// Views of memory that belongs to a backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "kernels/error.h"

namespace ahascope::kernels {

enum class DType : std::uint8_t { F32, BF16, I32, U32, U8 };

constexpr std::size_t sizeOf(DType dtype)
{
    return dtype == DType::U8 ? 1 : dtype == DType::BF16 ? 2 : 4;
}

// A matrix in a backend's memory: `rows` rows of `columns` neighbouring values, the rows `stride` values apart.
// A vector is one row. Owns nothing.
struct Tensor {
    std::byte* data = nullptr;
    DType dtype = DType::F32;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t stride = 0;

    bool empty() const { return rows * columns == 0; }
    std::int64_t count() const { return rows * columns; }
    bool contiguous() const { return stride == columns || rows <= 1; }
    std::size_t bytes() const { return static_cast<std::size_t>(count()) * sizeOf(dtype); }

    // Rows [begin, begin + count), columns [begin, begin + count): views into the same memory.
    Tensor rowRange(std::int64_t begin, std::int64_t count) const
    {
        expect(begin >= 0 && count >= 0 && begin + count <= rows, "row range outside the tensor");
        return {data + static_cast<std::size_t>(begin * stride) * sizeOf(dtype), dtype, count, columns, stride};
    }
    Tensor columnRange(std::int64_t begin, std::int64_t count) const
    {
        expect(begin >= 0 && count >= 0 && begin + count <= columns, "column range outside the tensor");
        return {data + static_cast<std::size_t>(begin) * sizeOf(dtype), dtype, rows, count, stride};
    }

    // For backends whose memory the host can read.
    float* f32() const { return reinterpret_cast<float*>(data); }
    std::uint16_t* bf16() const { return reinterpret_cast<std::uint16_t*>(data); }
    std::int32_t* i32() const { return reinterpret_cast<std::int32_t*>(data); }
    std::uint8_t* u8() const { return reinterpret_cast<std::uint8_t*>(data); }
    std::uint32_t* u32() const { return reinterpret_cast<std::uint32_t*>(data); }
};

// Memory of one backend; freed through it. Must not outlive the backend.
using Buffer = std::unique_ptr<std::byte[], std::function<void(std::byte*)>>;

} // namespace ahascope::kernels
