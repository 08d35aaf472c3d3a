// Products with weights. Where a row or the stored weight is BF16, both factors are BF16.
#include <algorithm>

#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/products.h"
#include "kernels/cuda/weight_form.h"

namespace ahascope::kernels {

namespace cuda {

template <class T>
struct RowTerm {
    View<T> x;

    __device__ float operator()(std::int64_t row, std::int64_t column) const { return widen(x.row(row)[column]); }
};

DType typeOfProduct(std::initializer_list<Tensor> tensors)
{
    const bool half
        = std::any_of(tensors.begin(), tensors.end(), [](const Tensor& tensor) { return tensor.dtype == DType::BF16; });
    return half ? DType::BF16 : DType::F32;
}

} // namespace cuda

using namespace cuda;

void CudaBackend::prepare(Weight& weight)
{
    weight.form = std::make_unique<CudaWeightForm>();
}

void CudaBackend::doCommit(Weight& weight)
{
    auto& form = static_cast<CudaWeightForm&>(*weight.form);
    if (form.half)
        convert(form.tensor(weight.value), weight.value);
}

Tensor CudaBackend::as(DType type, Tensor tensor, Scratch purpose)
{
    if (tensor.dtype == type)
        return tensor;
    const Tensor copy{scratch(purpose, static_cast<std::size_t>(tensor.count()) * sizeOf(type)), type, tensor.rows,
        tensor.columns, tensor.columns};
    convert(copy, tensor);
    return copy;
}

Tensor CudaBackend::valuesAs(DType type, const Weight& weight)
{
    if (weight.value.dtype == type)
        return weight.value;
    expect(type == DType::BF16, "BF16 weights multiply BF16 rows");
    auto& form = static_cast<CudaWeightForm&>(*weight.form);
    if (!form.half) {
        expect(!m_recording, "a weight is narrowed while a recording is made");
        form.half = allocate(static_cast<std::size_t>(weight.value.count()) * sizeOf(DType::BF16));
        convert(form.tensor(weight.value), weight.value);
    }
    return form.tensor(weight.value);
}

void CudaBackend::doLinear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options)
{
    const DType type = typeOfProduct({out, x, weight.value});
    m_products->multiply({.out = out,
        .left = as(type, x, Scratch::Left),
        .right = valuesAs(type, weight),
        .bias = bias,
        .rightTransposed = true,
        .accumulate = options.accumulate});
}

void CudaBackend::doLinearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options)
{
    const DType type = typeOfProduct({dx, dout, weight.value});
    m_products->multiply({.out = dx,
        .left = as(type, dout, Scratch::Left),
        .right = valuesAs(type, weight),
        .accumulate = options.accumulate});
}

void CudaBackend::doLinearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x)
{
    const DType type = typeOfProduct({dout, x, weight.value});
    m_products->multiply({.out = weight.gradient,
        .left = as(type, dout, Scratch::Left),
        .right = as(type, x, Scratch::Right),
        .leftTransposed = true,
        .accumulate = true});
    if (!dbias.empty())
        withType(dout.dtype, [&](auto d) {
            using T = decltype(d);
            addColumnSums(*this, dbias, dout.rows, RowTerm<T>{viewOf<T>(dout)});
        });
}

} // namespace ahascope::kernels
