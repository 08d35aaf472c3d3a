// Matrix products by cuBLASLt.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include <cublasLt.h>

#include "kernels/tensor.h"

namespace ahascope::kernels {

class CudaBackend;

namespace cuda {

// out [m, n] (+)= L R + bias, where L [m, k] is `left` or, transposed, [k, m]; R [k, n] is `right` or, transposed,
// [n, k]. left and right have one type, out any; bias: F32 [1, n] or empty.
struct MatrixProduct {
    Tensor out;
    Tensor left;
    Tensor right;
    Tensor bias = {};
    bool leftTransposed = false;
    bool rightTransposed = false;
    bool accumulate = false;
};

// What decides which algorithm is fast. Rows that are nearly as many share one.
struct ProductKind {
    std::int64_t m = 0; // rounded up to a power of two
    std::int64_t n = 0;
    std::int64_t k = 0; // likewise, when it counts rows
    std::uint32_t options = 0;
    std::uint32_t alignment = 0; // bytes, of left, right and out, 8 bits each

    auto operator<=>(const ProductKind&) const = default;
};

// Asks for several algorithms the first time a kind is seen, runs each, and keeps the fastest. Those that sum in an
// order that varies from run to run are not asked for.
class Products {
public:
    explicit Products(CudaBackend& backend);
    ~Products();
    Products(const Products&) = delete;
    Products& operator=(const Products&) = delete;

    void multiply(const MatrixProduct& product);

private:
    struct Call;
    // The likeliest first; at least one.
    struct Candidates {
        std::array<cublasLtMatmulHeuristicResult_t, 8> results{};
        int count = 0;
    };
    Candidates candidates(const Call& call);
    cublasLtMatmulAlgo_t choose(const Call& call);
    cublasStatus_t run(const Call& call, const cublasLtMatmulAlgo_t& algorithm, void* out, float beta);
    float millisecondsOf(const Call& call, const cublasLtMatmulAlgo_t& algorithm, void* out);

    CudaBackend& m_backend;
    cublasLtHandle_t m_handle = nullptr;
    cudaEvent_t m_begin = nullptr;
    cudaEvent_t m_end = nullptr;
    std::map<ProductKind, cublasLtMatmulAlgo_t> m_chosen;
};

} // namespace cuda

} // namespace ahascope::kernels
