// Rows by their numbers, and values one by one.
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels {

namespace cuda {

template <class T>
struct Fill {
    View<T> to;
    T value;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
#pragma unroll
        for (int i = 0; i < width; ++i)
            to.row(row)[column + i] = value;
    }
};

template <class To, class From>
struct Convert {
    View<To> to;
    View<From> from;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        float values[width];
        load(values, from.row(row) + column);
        store(to.row(row) + column, values);
    }
};

// out[n] = x[rows[n]]
template <class Out, class In>
struct Gather {
    View<Out> out;
    View<In> x;
    const std::int32_t* rows;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        float values[width];
        load(values, x.row(rows[row]) + column);
        store(out.row(row) + column, values);
    }
};

template <class Out, class In>
struct Add {
    View<Out> out;
    View<In> x;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        float sum[width], values[width];
        load(sum, out.row(row) + column);
        load(values, x.row(row) + column);
#pragma unroll
        for (int i = 0; i < width; ++i)
            sum[i] += values[i];
        store(out.row(row) + column, sum);
    }
};

template <class T>
struct Scale {
    View<T> x;
    float factor;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        float values[width];
        load(values, x.row(row) + column);
#pragma unroll
        for (int i = 0; i < width; ++i)
            values[i] *= factor;
        store(x.row(row) + column, values);
    }
};

// to[targets[t]] += from[t], those of one target in the order of t: the block of a target's first t adds all of them.
template <class To, class From>
__global__ void scatterAddKernel(
    View<To> to, View<From> from, const std::int32_t* targets, std::int64_t count, std::int64_t columns)
{
    __shared__ int seen;
    const std::int64_t first = blockIdx.x;
    const std::int32_t target = targets[first];
    if (threadIdx.x == 0)
        seen = 0;
    __syncthreads();
    bool before = false;
    for (std::int64_t t = threadIdx.x; t < first && !before; t += blockDim.x)
        before = targets[t] == target;
    if (before)
        seen = 1;
    __syncthreads();
    if (seen != 0)
        return;
    for (std::int64_t column = threadIdx.x; column < columns; column += blockDim.x) {
        float sum = widen(to.row(target)[column]);
        for (std::int64_t t = first; t < count; ++t) {
            if (targets[t] == target)
                sum += widen(from.row(t)[column]);
        }
        narrow(to.row(target)[column], sum);
    }
}

} // namespace cuda

using namespace cuda;

void CudaBackend::doFill(Tensor to, float value)
{
    if (to.dtype == DType::I32)
        forElements(m_stream, "fill", to.rows, to.columns, widthOf(to),
            Fill<std::int32_t>{viewOf<std::int32_t>(to), static_cast<std::int32_t>(value)});
    else
        withType(to.dtype, [&](auto t) {
            using T = decltype(t);
            T filled;
            if constexpr (sizeof(T) == sizeof(float))
                filled = value;
            else
                filled = __float2bfloat16_rn(value);
            forElements(m_stream, "fill", to.rows, to.columns, widthOf(to), Fill<T>{viewOf<T>(to), filled});
        });
}

void CudaBackend::convert(Tensor to, Tensor from)
{
    withType(to.dtype, [&](auto t) {
        withType(from.dtype, [&](auto f) {
            using To = decltype(t);
            using From = decltype(f);
            forElements(m_stream, "convert", to.rows, to.columns, widthOf(to, from),
                Convert<To, From>{viewOf<To>(to), viewOf<From>(from)});
        });
    });
}

void CudaBackend::doEmbedding(Tensor out, Tensor table, Tensor ids)
{
    doGatherRows(out, table, ids);
}

void CudaBackend::doEmbeddingBackward(Tensor dtable, Tensor dout, Tensor ids)
{
    doScatterAddRows(dtable, dout, ids);
}

void CudaBackend::doGatherRows(Tensor out, Tensor x, Tensor rows)
{
    withType(out.dtype, [&](auto o) {
        withType(x.dtype, [&](auto i) {
            using Out = decltype(o);
            using In = decltype(i);
            forElements(m_stream, "gatherRows", out.rows, out.columns, widthOf(out, x),
                Gather<Out, In>{viewOf<Out>(out), viewOf<In>(x), rows.i32()});
        });
    });
}

void CudaBackend::doScatterAddRows(Tensor dx, Tensor dout, Tensor rows)
{
    withType(dx.dtype, [&](auto r) {
        withType(dout.dtype, [&](auto d) {
            using To = decltype(r);
            using From = decltype(d);
            launch(m_stream, "scatterAddRows", Grid{static_cast<unsigned>(dout.rows), 256}, scatterAddKernel<To, From>,
                viewOf<To>(dx), viewOf<From>(dout), rows.i32(), dout.rows, dout.columns);
        });
    });
}

void CudaBackend::doAdd(Tensor out, Tensor x)
{
    withType(out.dtype, [&](auto o) {
        withType(x.dtype, [&](auto i) {
            using Out = decltype(o);
            using In = decltype(i);
            forElements(
                m_stream, "add", out.rows, out.columns, widthOf(out, x), Add<Out, In>{viewOf<Out>(out), viewOf<In>(x)});
        });
    });
}

void CudaBackend::doScale(Tensor x, float factor)
{
    withType(x.dtype, [&](auto t) {
        using T = decltype(t);
        forElements(m_stream, "scale", x.rows, x.columns, widthOf(x), Scale<T>{viewOf<T>(x), factor});
    });
}

} // namespace ahascope::kernels
