#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels {

namespace cuda {

// Vectors of a norm: `heads` of `columns` values stand in each row, and are numbered row by row.
struct NormShape {
    std::int64_t vectors;
    std::int64_t heads;
    std::int64_t columns;
};

template <class T>
__device__ T* vectorOf(View<T> x, const NormShape& shape, std::int64_t vector)
{
    return x.row(vector / shape.heads) + vector % shape.heads * shape.columns;
}

// `threads` threads for each vector, threadIdx.y of a block's.
template <int threads, int width, class Out, class In>
__global__ void rmsNormKernel(
    View<Out> out, float* rstd, View<In> x, const float* weight, float epsilon, NormShape shape)
{
    __shared__ float room[warp];
    const std::int64_t vector = std::int64_t(blockIdx.x) * blockDim.y + threadIdx.y;
    if (vector >= shape.vectors)
        return; // whole warps; a block of one vector has none beyond the end
    const In* from = vectorOf(x, shape, vector);
    Out* to = vectorOf(out, shape, vector);
    float squares = 0.0f;
    for (std::int64_t i = threadIdx.x * width; i < shape.columns; i += threads * width) {
        float values[width];
        load(values, from + i);
#pragma unroll
        for (int j = 0; j < width; ++j)
            squares += values[j] * values[j];
    }
    const float inverse = rsqrtf(sumOf<threads>(squares, room) / static_cast<float>(shape.columns) + epsilon);
    if (rstd != nullptr && threadIdx.x == 0)
        rstd[vector] = inverse;
    for (std::int64_t i = threadIdx.x * width; i < shape.columns; i += threads * width) {
        float values[width], factors[width];
        load(values, from + i);
        load(factors, weight + i);
#pragma unroll
        for (int j = 0; j < width; ++j)
            values[j] *= inverse * factors[j];
        store(to + i, values);
    }
}

// dx += rstd (w dout - x rstd^2 mean(dout w x))
template <int threads, int width, class Dx, class Dout, class In>
__global__ void rmsNormBackwardKernel(
    View<Dx> dx, View<Dout> dout, View<In> x, const float* weight, const float* rstd, NormShape shape)
{
    __shared__ float room[warp];
    const std::int64_t vector = std::int64_t(blockIdx.x) * blockDim.y + threadIdx.y;
    if (vector >= shape.vectors)
        return;
    const In* from = vectorOf(x, shape, vector);
    const Dout* gradient = vectorOf(dout, shape, vector);
    Dx* to = vectorOf(dx, shape, vector);
    float product = 0.0f;
    for (std::int64_t i = threadIdx.x * width; i < shape.columns; i += threads * width) {
        float values[width], factors[width], d[width];
        load(values, from + i);
        load(factors, weight + i);
        load(d, gradient + i);
#pragma unroll
        for (int j = 0; j < width; ++j)
            product += d[j] * factors[j] * values[j];
    }
    const float inverse = rstd[vector];
    const float mean = sumOf<threads>(product, room) / static_cast<float>(shape.columns) * inverse * inverse;
    for (std::int64_t i = threadIdx.x * width; i < shape.columns; i += threads * width) {
        float values[width], factors[width], d[width], sum[width];
        load(values, from + i);
        load(factors, weight + i);
        load(d, gradient + i);
        load(sum, to + i);
#pragma unroll
        for (int j = 0; j < width; ++j)
            sum[j] += inverse * (factors[j] * d[j] - values[j] * mean);
        store(to + i, sum);
    }
}

// dout x rstd of a vector
template <class Dout, class In>
struct WeightTerm {
    View<Dout> dout;
    View<In> x;
    const float* rstd;
    NormShape shape;

    __device__ float operator()(std::int64_t vector, std::int64_t column) const
    {
        return widen(vectorOf(dout, shape, vector)[column]) * widen(vectorOf(x, shape, vector)[column]) * rstd[vector];
    }
};

// A warp for short vectors, a block for long ones; both lengths of a pack.
template <class Fn>
void withNormGrid(const NormShape& shape, int width, const Fn& fn)
{
    constexpr int vectorsOfBlock = 8;
    const auto fnOfWidth = [&](auto threads, Grid grid) {
        if (width == 4)
            fn(threads, std::integral_constant<int, 4>{}, grid);
        else
            fn(threads, std::integral_constant<int, 1>{}, grid);
    };
    if (shape.columns <= 256)
        fnOfWidth(std::integral_constant<int, warp>{},
            Grid{ceilDivide(shape.vectors, vectorsOfBlock), dim3(warp, vectorsOfBlock)});
    else
        fnOfWidth(std::integral_constant<int, 256>{}, Grid{static_cast<unsigned>(shape.vectors), dim3(256)});
}

NormShape normShape(const Tensor& x, const Tensor& weight)
{
    const std::int64_t heads = x.columns / weight.columns;
    return {x.rows * heads, heads, weight.columns};
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doRmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon)
{
    const NormShape shape = normShape(x, weight);
    float* const kept = rstd.empty() ? nullptr : rstd.f32();
    withType(out.dtype, [&](auto o) {
        withType(x.dtype, [&](auto i) {
            using Out = decltype(o);
            using In = decltype(i);
            withNormGrid(shape, widthOf(out, x, weight), [&](auto threads, auto width, Grid grid) {
                launch(m_stream, "rmsNorm", grid, rmsNormKernel<threads.value, width.value, Out, In>, viewOf<Out>(out),
                    kept, viewOf<In>(x), weight.f32(), epsilon, shape);
            });
        });
    });
}

void CudaBackend::doRmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd)
{
    const NormShape shape = normShape(x, weight);
    withType(dout.dtype, [&](auto d) {
        withType(x.dtype, [&](auto i) {
            using Dout = decltype(d);
            using In = decltype(i);
            withType(dx.dtype, [&](auto r) {
                using Dx = decltype(r);
                withNormGrid(shape, widthOf(dx, dout, x, weight), [&](auto threads, auto width, Grid grid) {
                    launch(m_stream, "rmsNormBackward", grid,
                        rmsNormBackwardKernel<threads.value, width.value, Dx, Dout, In>, viewOf<Dx>(dx),
                        viewOf<Dout>(dout), viewOf<In>(x), weight.f32(), rstd.f32(), shape);
                });
            });
            if (!dweight.empty())
                addColumnSums(*this, dweight, shape.vectors,
                    WeightTerm<Dout, In>{viewOf<Dout>(dout), viewOf<In>(x), rstd.f32(), shape});
        });
    });
}

} // namespace ahascope::kernels
