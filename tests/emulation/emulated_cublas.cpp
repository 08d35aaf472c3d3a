#include "cublasLt.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "kernels/bf16.h"

struct EmulatedLtHandle { };
struct EmulatedPreference { };

namespace {

using ahascope::kernels::fromBf16;
using ahascope::kernels::toBf16;

float load(const void* data, cudaDataType type, std::size_t at)
{
    return type == CUDA_R_32F ? static_cast<const float*>(data)[at]
                              : fromBf16(static_cast<const std::uint16_t*>(data)[at]);
}

void store(void* data, cudaDataType type, std::size_t at, float value)
{
    if (type == CUDA_R_32F)
        static_cast<float*>(data)[at] = value;
    else
        static_cast<std::uint16_t*>(data)[at] = toBf16(value);
}

// op(m) as rows of neighbouring floats: [outer, inner]
std::vector<float> rowsOf(const void* data, const EmulatedLayout& m, bool columnsAreRows)
{
    std::vector<float> rows(m.rows * m.columns);
    for (std::size_t c = 0; c < m.columns; ++c)
        for (std::size_t r = 0; r < m.rows; ++r)
            rows[columnsAreRows ? c * m.rows + r : r * m.columns + c]
                = load(data, m.type, c * static_cast<std::size_t>(m.leading) + r);
    return rows;
}

struct Product {
    EmulatedMatmul desc;
    float alpha, beta;
    const void *a, *b, *c;
    void* d;
    EmulatedLayout la, lb, lc, ld;

    void operator()() const
    {
        const std::size_t inner = desc.transA == CUBLAS_OP_N ? la.columns : la.rows;
        const std::vector<float> left = rowsOf(a, la, desc.transA == CUBLAS_OP_T);  // [ld.rows, inner]
        const std::vector<float> right = rowsOf(b, lb, desc.transB == CUBLAS_OP_N); // [ld.columns, inner]
        for (std::size_t j = 0; j < ld.columns; ++j) {
            for (std::size_t i = 0; i < ld.rows; ++i) {
                float sum = 0.0f;
                for (std::size_t k = 0; k < inner; ++k)
                    sum += left[i * inner + k] * right[j * inner + k];
                sum *= alpha;
                if (beta != 0.0f)
                    sum += beta * load(c, lc.type, j * static_cast<std::size_t>(lc.leading) + i);
                if (desc.epilogue == CUBLASLT_EPILOGUE_BIAS)
                    sum += load(desc.bias, ld.type, i);
                store(d, ld.type, j * static_cast<std::size_t>(ld.leading) + i, sum);
            }
        }
    }
};

bool agree(const EmulatedMatmul& desc, const EmulatedLayout& a, const EmulatedLayout& b, const EmulatedLayout& d)
{
    const bool plainA = desc.transA == CUBLAS_OP_N;
    const bool plainB = desc.transB == CUBLAS_OP_N;
    for (const EmulatedLayout* layout : {&a, &b, &d}) {
        if (layout->leading < static_cast<std::int64_t>(layout->rows) || layout->rows == 0 || layout->columns == 0)
            return false;
    }
    return a.type == b.type && (plainA ? a.rows : a.columns) == d.rows && (plainB ? b.columns : b.rows) == d.columns
        && (plainA ? a.columns : a.rows) == (plainB ? b.rows : b.columns);
}

} // namespace

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle)
{
    *handle = new EmulatedLtHandle;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* desc, cublasComputeType_t, cudaDataType)
{
    *desc = new EmulatedMatmul;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc)
{
    delete desc;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(
    cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t attribute, const void* value, std::size_t)
{
    if (attribute == CUBLASLT_MATMUL_DESC_TRANSA)
        desc->transA = *static_cast<const cublasOperation_t*>(value);
    else if (attribute == CUBLASLT_MATMUL_DESC_TRANSB)
        desc->transB = *static_cast<const cublasOperation_t*>(value);
    else if (attribute == CUBLASLT_MATMUL_DESC_EPILOGUE)
        desc->epilogue = *static_cast<const cublasLtEpilogue_t*>(value);
    else
        desc->bias = *static_cast<const void* const*>(value);
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutCreate(
    cublasLtMatrixLayout_t* layout, cudaDataType type, std::uint64_t rows, std::uint64_t columns, std::int64_t leading)
{
    *layout = new EmulatedLayout{type, rows, columns, leading};
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout)
{
    delete layout;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference)
{
    *preference = new EmulatedPreference;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference)
{
    delete preference;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(
    cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t, const void*, std::size_t)
{
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a,
    cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t, int wanted,
    cublasLtMatmulHeuristicResult_t* results, int* found)
{
    *found = agree(*desc, *a, *b, *d) ? std::min(wanted, 2) : 0;
    for (int i = 0; i < *found; ++i)
        results[i] = {{{static_cast<std::uint64_t>(i), d->columns}}, 0, CUBLAS_STATUS_SUCCESS};
    return *found > 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc, const void* alpha, const void* a,
    cublasLtMatrixLayout_t la, const void* b, cublasLtMatrixLayout_t lb, const void* beta, const void* c,
    cublasLtMatrixLayout_t lc, void* d, cublasLtMatrixLayout_t ld, const cublasLtMatmulAlgo_t* algorithm, void*,
    std::size_t, cudaStream_t stream)
{
    // Of the two algorithms the first is slow, and the second takes no other number of rows than it was asked for.
    if (algorithm->data[0] == 0)
        std::this_thread::sleep_for(std::chrono::microseconds(20));
    else if (algorithm->data[1] != ld->columns)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    if (!agree(*desc, *la, *lb, *ld))
        return CUBLAS_STATUS_INVALID_VALUE;
    emulation::submit(stream,
        Product{*desc, *static_cast<const float*>(alpha), *static_cast<const float*>(beta), a, b, c, d, *la, *lb, *lc,
            *ld});
    return CUBLAS_STATUS_SUCCESS;
}
