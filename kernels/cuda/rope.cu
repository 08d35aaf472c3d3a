#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/launch.h"

namespace ahascope::kernels {

namespace cuda {

// Columns are those of the first halves of all heads.
template <class T>
struct Rope {
    View<T> x;
    const std::int32_t* positions;
    View<float> table; // cosines, then sines
    std::int64_t half; // of a head
    float sign;

    template <int width>
    __device__ void apply(std::int64_t row, std::int64_t column) const
    {
        const std::int64_t pair = column % half;
        T* const first = x.row(row) + (column / half * 2 * half + pair);
        const float* const angles = table.row(positions[row]) + pair;
        float a[width], b[width], cosine[width], sine[width];
        load(a, first);
        load(b, first + half);
        load(cosine, angles);
        load(sine, angles + half);
#pragma unroll
        for (int i = 0; i < width; ++i) {
            const float turned = a[i] * cosine[i] - b[i] * sine[i] * sign;
            b[i] = b[i] * cosine[i] + a[i] * sine[i] * sign;
            a[i] = turned;
        }
        store(first, a);
        store(first + half, b);
    }
};

} // namespace cuda

using namespace cuda;

void CudaBackend::doRope(Tensor x, Tensor positions, Tensor table, RopeOptions options)
{
    withType(x.dtype, [&](auto t) {
        using T = decltype(t);
        const std::int64_t half = options.headDim / 2;
        const int width = half % 4 == 0 ? widthOf(x, table) : 1;
        forElements(m_stream, "rope", x.rows, x.columns / 2, width,
            Rope<T>{viewOf<T>(x), positions.i32(), viewOf<float>(table), half, options.inverse ? -1.0f : 1.0f});
    });
}

} // namespace ahascope::kernels
