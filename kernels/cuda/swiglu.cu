#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels {

namespace cuda {

template <class T>
struct Swiglu {
    View<T> out;
    View<T> gateUp;
    std::int64_t inner;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        float gate[width], up[width];
        load(gate, gateUp.row(row) + column);
        load(up, gateUp.row(row) + inner + column);
#pragma unroll
        for (int i = 0; i < width; ++i)
            up[i] *= gate[i] / (1.0f + __expf(-gate[i]));
        store(out.row(row) + column, up);
    }
};

// d silu(g) / dg = s (1 + g (1 - s)), s the logistic function of g
template <class T>
struct SwigluBackward {
    View<T> dgateUp;
    View<T> dout;
    View<T> gateUp;
    std::int64_t inner;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        float gate[width], up[width], d[width];
        load(gate, gateUp.row(row) + column);
        load(up, gateUp.row(row) + inner + column);
        load(d, dout.row(row) + column);
#pragma unroll
        for (int i = 0; i < width; ++i) {
            const float logistic = 1.0f / (1.0f + __expf(-gate[i]));
            const float silu = gate[i] * logistic;
            gate[i] = d[i] * up[i] * (logistic + silu * (1.0f - logistic));
            up[i] = d[i] * silu;
        }
        store(dgateUp.row(row) + column, gate);
        store(dgateUp.row(row) + inner + column, up);
    }
};

} // namespace cuda

using namespace cuda;

void CudaBackend::doSwiglu(Tensor out, Tensor gateUp)
{
    expect(out.dtype == gateUp.dtype, "swiglu: one type of rows");
    withType(out.dtype, [&](auto t) {
        using T = decltype(t);
        forElements(m_stream, "swiglu", out.rows, out.columns, widthOf(out, gateUp.columnRange(0, out.columns)),
            Swiglu<T>{viewOf<T>(out), viewOf<T>(gateUp), out.columns});
    });
}

void CudaBackend::doSwigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp)
{
    expect(dgateUp.dtype == gateUp.dtype && dout.dtype == gateUp.dtype, "swigluBackward: one type of rows");
    withType(dout.dtype, [&](auto t) {
        using T = decltype(t);
        const std::int64_t inner = dout.columns;
        const int width = widthOf(dout, gateUp.columnRange(0, inner), dgateUp.columnRange(0, inner));
        forElements(m_stream, "swigluBackward", dout.rows, inner, width,
            SwigluBackward<T>{viewOf<T>(dgateUp), viewOf<T>(dout), viewOf<T>(gateUp), inner});
    });
}

} // namespace ahascope::kernels
