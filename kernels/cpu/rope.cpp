#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"

namespace ahascope::kernels {

void CpuBackend::doRope(Tensor x, Tensor positions, Tensor table, RopeOptions options)
{
    expectIdsBelow(positions, table.rows, "rope: a position is outside the table");
    const float sign = options.inverse ? -1.0f : 1.0f;
    m_pool.forRanges(x.rows, rowsPerPiece(x.columns), [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = begin; t < end; ++t)
            m_rows.rope(x.f32() + t * x.stride, table.f32() + positions.i32()[t] * table.stride,
                x.columns / options.headDim, options.headDim, sign);
    });
}

} // namespace ahascope::kernels
