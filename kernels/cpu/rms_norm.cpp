#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::doRmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, float epsilon)
{
    float* rstdData = rstd.empty() ? nullptr : rstd.f32();
    m_pool.forRanges(x.rows, rowsPerPiece(x.columns), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.rmsNorm(rowsOf(out), rstdData, rowsOf(x), weight.f32(), epsilon, x.columns, begin, end);
    });
}

void CpuBackend::doRmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd)
{
    if (!dweight.empty()) {
        m_pool.forRanges(x.columns, columnsPerPiece(x.rows), [&](std::int64_t begin, std::int64_t end, int) {
            m_rows.rmsNormBackwardWeight(dweight.f32(), rowsOf(dout), rowsOf(x), rstd.f32(), x.rows, begin, end);
        });
    }
    m_pool.forRanges(x.rows, rowsPerPiece(x.columns), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.rmsNormBackward(rowsOf(dx), rowsOf(dout), rowsOf(x), weight.f32(), rstd.f32(), x.columns, begin, end);
    });
}

} // namespace ahascope::kernels
