#include "kernels/cuda/products.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "kernels/cuda/check.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/sizes.h"

namespace ahascope::kernels::cuda {

namespace {

void check(cublasStatus_t status, const char* what)
{
    if (status != CUBLAS_STATUS_SUCCESS)
        throw DeviceError(std::string("cuBLASLt cannot ") + what + " (status " + std::to_string(status) + ")");
}

cudaDataType_t typeOf(const Tensor& tensor)
{
    return tensor.dtype == DType::BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

std::uint32_t alignmentOf(const Tensor& tensor)
{
    const std::uint64_t address = reinterpret_cast<std::uintptr_t>(tensor.data)
        | static_cast<std::uint64_t>(tensor.rows <= 1 ? 0 : tensor.stride) * sizeOf(tensor.dtype) | 128u;
    return 1u << std::countr_zero(address);
}

// A row-major tensor is a column-major matrix whose columns are its rows.
class Layout {
public:
    explicit Layout(const Tensor& tensor)
    {
        const std::int64_t leading = tensor.rows <= 1 ? tensor.columns : tensor.stride;
        check(cublasLtMatrixLayoutCreate(&m_layout, typeOf(tensor), static_cast<std::uint64_t>(tensor.columns),
                  static_cast<std::uint64_t>(tensor.rows), leading),
            "describe a matrix");
    }
    ~Layout() { cublasLtMatrixLayoutDestroy(m_layout); }
    Layout(const Layout&) = delete;
    Layout& operator=(const Layout&) = delete;
    cublasLtMatrixLayout_t get() const { return m_layout; }

private:
    cublasLtMatrixLayout_t m_layout = nullptr;
};

class Description {
public:
    explicit Description(const MatrixProduct& product)
    {
        check(cublasLtMatmulDescCreate(&m_desc, CUBLAS_COMPUTE_32F, CUDA_R_32F), "describe a product");
        // Column-major, out^T = R^T L^T: the right factor comes first.
        set(CUBLASLT_MATMUL_DESC_TRANSA, product.rightTransposed ? CUBLAS_OP_T : CUBLAS_OP_N);
        set(CUBLASLT_MATMUL_DESC_TRANSB, product.leftTransposed ? CUBLAS_OP_T : CUBLAS_OP_N);
        if (product.bias.empty())
            return;
        set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(product.bias.data));
    }
    ~Description() { cublasLtMatmulDescDestroy(m_desc); }
    Description(const Description&) = delete;
    Description& operator=(const Description&) = delete;
    cublasLtMatmulDesc_t get() const { return m_desc; }

private:
    template <class T>
    void set(cublasLtMatmulDescAttributes_t attribute, const T& value)
    {
        check(cublasLtMatmulDescSetAttribute(m_desc, attribute, &value, sizeof value), "describe a product");
    }

    cublasLtMatmulDesc_t m_desc = nullptr;
};

class Preference {
public:
    explicit Preference(const MatrixProduct& product)
    {
        check(cublasLtMatmulPreferenceCreate(&m_preference), "prefer an algorithm");
        set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspaceBytes);
        set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
            std::uint32_t{CUBLASLT_REDUCTION_SCHEME_NONE | CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
        set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignmentOf(product.right));
        set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignmentOf(product.left));
        set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignmentOf(product.out));
        set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignmentOf(product.out));
    }
    ~Preference() { cublasLtMatmulPreferenceDestroy(m_preference); }
    Preference(const Preference&) = delete;
    Preference& operator=(const Preference&) = delete;
    cublasLtMatmulPreference_t get() const { return m_preference; }

private:
    template <class T>
    void set(cublasLtMatmulPreferenceAttributes_t attribute, const T& value)
    {
        check(
            cublasLtMatmulPreferenceSetAttribute(m_preference, attribute, &value, sizeof value), "prefer an algorithm");
    }

    cublasLtMatmulPreference_t m_preference = nullptr;
};

std::int64_t roundedUp(std::int64_t rows)
{
    return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(rows)));
}

ProductKind kindOf(const MatrixProduct& product)
{
    const std::int64_t inner = product.leftTransposed ? product.left.rows : product.left.columns;
    ProductKind kind;
    kind.m = product.leftTransposed ? product.out.rows : roundedUp(product.out.rows);
    kind.n = product.out.columns;
    kind.k = product.leftTransposed ? roundedUp(inner) : inner;
    std::uint32_t bit = 0;
    for (const bool option : {product.leftTransposed, product.rightTransposed, product.accumulate,
             !product.bias.empty(), product.left.dtype == DType::BF16, product.out.dtype == DType::BF16})
        kind.options |= std::uint32_t{option} << bit++;
    kind.alignment = alignmentOf(product.left) << 16 | alignmentOf(product.right) << 8 | alignmentOf(product.out);
    return kind;
}

} // namespace

// A product as cuBLASLt takes it.
struct Products::Call {
    explicit Call(const MatrixProduct& given)
        : product(given)
        , description(given)
        , first(given.right)
        , second(given.left)
        , out(given.out)
    {
    }

    const MatrixProduct& product;
    Description description;
    Layout first;
    Layout second;
    Layout out;
};

Products::Products(CudaBackend& backend) : m_backend(backend)
{
    check(cublasLtCreate(&m_handle), "start");
    check(cudaEventCreate(&m_begin), "make an event");
    check(cudaEventCreate(&m_end), "make an event");
}

Products::~Products()
{
    cudaEventDestroy(m_begin);
    cudaEventDestroy(m_end);
    cublasLtDestroy(m_handle);
}

void Products::multiply(const MatrixProduct& product)
{
    if (product.out.empty())
        return;
    expect(product.left.dtype == product.right.dtype, "factors of one type");
    MatrixProduct given = product;
    if (!given.bias.empty() && given.out.dtype == DType::BF16) { // cuBLASLt wants a bias of the output's type
        const Tensor narrowed{m_backend.scratch(Scratch::Bias, given.bias.bytes()), DType::BF16, 1, given.bias.columns,
            given.bias.columns};
        m_backend.convert(narrowed, given.bias);
        given.bias = narrowed;
    }
    Call call(given);
    const ProductKind kind = kindOf(given);
    auto chosen = m_chosen.find(kind);
    if (chosen == m_chosen.end())
        chosen = m_chosen.emplace(kind, choose(call)).first;
    const float beta = given.accumulate ? 1.0f : 0.0f;
    // What was chosen for another number of rows may not take this one.
    if (run(call, chosen->second, given.out.data, beta) != CUBLAS_STATUS_SUCCESS)
        check(run(call, candidates(call).results[0].algo, given.out.data, beta), "multiply");
}

cublasStatus_t Products::run(const Call& call, const cublasLtMatmulAlgo_t& algorithm, void* out, float beta)
{
    const float alpha = 1.0f;
    std::byte* const workspace = m_backend.scratch(Scratch::Workspace, workspaceBytes);
    return cublasLtMatmul(m_handle, call.description.get(), &alpha, call.product.right.data, call.first.get(),
        call.product.left.data, call.second.get(), &beta, out, call.out.get(), out, call.out.get(), &algorithm,
        workspace, workspaceBytes, m_backend.stream());
}

Products::Candidates Products::candidates(const Call& call)
{
    Candidates found;
    const Preference preference(call.product);
    const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(m_handle, call.description.get(), call.first.get(),
        call.second.get(), call.out.get(), call.out.get(), preference.get(), static_cast<int>(found.results.size()),
        found.results.data(), &found.count);
    if (status != CUBLAS_STATUS_SUCCESS || found.count == 0)
        throw DeviceError("cuBLASLt knows no algorithm for a product of this shape (status " + std::to_string(status)
            + "); use the device \"cpu\"");
    return found;
}

// The trials of a product that adds to its output write elsewhere.
cublasLtMatmulAlgo_t Products::choose(const Call& call)
{
    const Candidates found = candidates(call);
    cublasLtMatmulAlgo_t best = found.results[0].algo;
    if (found.count == 1 || m_backend.recording())
        return best;
    const Tensor& out = call.product.out;
    Buffer elsewhere;
    if (call.product.accumulate) {
        try {
            elsewhere = m_backend.allocate(
                static_cast<std::size_t>(out.rows * std::max(out.stride, out.columns)) * sizeOf(out.dtype));
        } catch (const OutOfMemory&) {
            return best; // as cuBLASLt thinks
        }
    }
    void* const trial = elsewhere ? elsewhere.get() : out.data;
    float least = std::numeric_limits<float>::infinity();
    for (int i = 0; i < found.count; ++i) {
        const cublasLtMatmulAlgo_t& algorithm = found.results[static_cast<std::size_t>(i)].algo;
        const float milliseconds = millisecondsOf(call, algorithm, trial);
        if (milliseconds < least) {
            least = milliseconds;
            best = algorithm;
        }
    }
    return best;
}

float Products::millisecondsOf(const Call& call, const cublasLtMatmulAlgo_t& algorithm, void* out)
{
    constexpr int repetitions = 3;
    if (run(call, algorithm, out, 0.0f) != CUBLAS_STATUS_SUCCESS)
        return std::numeric_limits<float>::infinity();
    check(cudaEventRecord(m_begin, m_backend.stream()), "time a product");
    for (int i = 0; i < repetitions; ++i)
        check(run(call, algorithm, out, 0.0f), "multiply");
    check(cudaEventRecord(m_end, m_backend.stream()), "time a product");
    check(cudaEventSynchronize(m_end), "time a product");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, m_begin, m_end), "time a product");
    return milliseconds;
}

} // namespace ahascope::kernels::cuda
