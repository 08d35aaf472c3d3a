#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::doSwiglu(Tensor out, Tensor gateUp)
{
    m_pool.forRanges(out.rows, rowsPerPiece(4 * out.columns), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.swiglu(rowsOf(out), rowsOf(gateUp), out.columns, begin, end);
    });
}

void CpuBackend::doSwigluBackward(Tensor dgateUp, Tensor dout, Tensor gateUp)
{
    m_pool.forRanges(dout.rows, rowsPerPiece(6 * dout.columns), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.swigluBackward(rowsOf(dgateUp), rowsOf(dout), rowsOf(gateUp), dout.columns, begin, end);
    });
}

} // namespace ahascope::kernels
