// Checks of what the public operations are given.
#pragma once

#include <source_location>

#include "kernels/backend.h"

namespace ahascope::kernels {

inline void expectShape(const Tensor& tensor, std::int64_t rows, std::int64_t columns, DType dtype, const char* message,
    std::source_location place = std::source_location::current())
{
    const bool holds = tensor.rows == rows && tensor.columns == columns && tensor.dtype == dtype
        && (tensor.stride >= columns || rows <= 1);
    expect(holds, message, place);
}

// F32 or BF16
inline void expectWeight(const Tensor& tensor, std::int64_t rows, std::int64_t columns, const char* message,
    std::source_location place = std::source_location::current())
{
    expectShape(tensor, rows, columns, tensor.dtype == DType::BF16 ? DType::BF16 : DType::F32, message, place);
}

// F32, or BF16 where the backend keeps rows so
inline void expectRows(const Backend& backend, const Tensor& tensor, std::int64_t rows, std::int64_t columns,
    const char* message, std::source_location place = std::source_location::current())
{
    const DType type = tensor.dtype == DType::BF16 ? backend.rowType(DType::BF16) : DType::F32;
    expectShape(tensor, rows, columns, type, message, place);
}

// [1, columns] of F32
inline void expectVector(const Tensor& tensor, std::int64_t columns, const char* message,
    std::source_location place = std::source_location::current())
{
    expectShape(tensor, 1, columns, DType::F32, message, place);
}

// [1, columns] of I32
inline void expectIds(const Tensor& tensor, std::int64_t columns, const char* message,
    std::source_location place = std::source_location::current())
{
    expectShape(tensor, 1, columns, DType::I32, message, place);
}

} // namespace ahascope::kernels
