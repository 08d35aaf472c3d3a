#include <algorithm>
#include <cstring>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"

namespace ahascope::kernels {

void CpuBackend::doGatherRows(Tensor out, Tensor x, Tensor rows)
{
    expectIdsBelow(rows, x.rows, "an id or row is outside the table");
    const std::size_t bytes = static_cast<std::size_t>(out.columns) * sizeof(float);
    m_pool.forRanges(out.rows, rowsPerPiece(out.columns), [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = begin; t < end; ++t)
            std::memcpy(out.f32() + t * out.stride, x.f32() + rows.i32()[t] * x.stride, bytes);
    });
}

// Threads split the columns, so that every value is added to in the order of the rows.
void CpuBackend::doScatterAddRows(Tensor dx, Tensor dout, Tensor rows)
{
    expectIdsBelow(rows, dx.rows, "an id or row is outside the table");
    m_pool.forRanges(dout.columns, columnsPerPiece(dout.rows), [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = 0; t < dout.rows; ++t)
            m_rows.add(dx.f32() + rows.i32()[t] * dx.stride + begin, dout.f32() + t * dout.stride + begin, end - begin);
    });
}

} // namespace ahascope::kernels
