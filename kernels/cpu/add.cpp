#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::doAdd(Tensor out, Tensor x)
{
    m_pool.forRanges(out.rows, rowsPerPiece(out.columns), [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = begin; t < end; ++t)
            m_rows.add(out.f32() + t * out.stride, x.f32() + t * x.stride, out.columns);
    });
}

} // namespace ahascope::kernels
