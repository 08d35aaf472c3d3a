#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

void CpuBackend::doEmbedding(Tensor out, Tensor table, Tensor ids)
{
    doGatherRows(out, table, ids);
}

void CpuBackend::doEmbeddingBackward(Tensor dtable, Tensor dout, Tensor ids)
{
    doScatterAddRows(dtable, dout, ids);
}

} // namespace ahascope::kernels
