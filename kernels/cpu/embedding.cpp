#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"

namespace ahascope::kernels {

void CpuBackend::doEmbedding(Tensor out, Tensor table, Tensor ids)
{
    if (table.dtype == DType::F32)
        return doGatherRows(out, table, ids);
    expectIdsBelow(ids, table.rows, "an id is outside the table");
    m_pool.forRanges(out.rows, rowsPerPiece(out.columns), [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t t = begin; t < end; ++t)
            m_rows.widen(out.f32() + t * out.stride, table.bf16() + ids.i32()[t] * table.stride, out.columns);
    });
}

void CpuBackend::doEmbeddingBackward(Tensor dtable, Tensor dout, Tensor ids)
{
    doScatterAddRows(dtable, dout, ids);
}

} // namespace ahascope::kernels
