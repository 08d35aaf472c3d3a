#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::doRmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon)
{
    float* rstdData = rstd.empty() ? nullptr : rstd.f32();
    const NormShape shape{weight.columns, x.columns / weight.columns};
    m_pool.forRanges(x.rows * shape.heads, rowsPerPiece(shape.columns), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.rmsNorm(rowsOf(out), rstdData, rowsOf(x), weight.f32(), epsilon, shape, begin, end);
    });
}

void CpuBackend::doRmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd)
{
    const NormShape shape{weight.columns, x.columns / weight.columns};
    const std::int64_t vectors = x.rows * shape.heads;
    if (!dweight.empty()) {
        m_pool.forRanges(shape.columns, columnsPerPiece(vectors), [&](std::int64_t begin, std::int64_t end, int) {
            m_rows.rmsNormBackwardWeight(
                dweight.f32(), rowsOf(dout), rowsOf(x), rstd.f32(), shape, vectors, begin, end);
        });
    }
    m_pool.forRanges(vectors, rowsPerPiece(shape.columns), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.rmsNormBackward(rowsOf(dx), rowsOf(dout), rowsOf(x), weight.f32(), rstd.f32(), shape, begin, end);
    });
}

} // namespace ahascope::kernels
