#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::doScale(Tensor x, float factor)
{
    m_pool.forRanges(x.rows, rowsPerPiece(x.columns), [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = begin; t < end; ++t)
            for (std::int64_t i = 0; i < x.columns; ++i)
                x.f32()[t * x.stride + i] *= factor;
    });
}

} // namespace ahascope::kernels
