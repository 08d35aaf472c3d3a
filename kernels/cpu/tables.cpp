#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

const AttentionKernels& attentionKernelsOf(InstructionSet set)
{
    switch (set) {
    case InstructionSet::Baseline:
        break;
#ifdef AHASCOPE_X86
    case InstructionSet::Avx2:
        return attentionAvx2;
    case InstructionSet::Avx512:
        return attentionAvx512;
#else
    default:
        break;
#endif
    }
    return attentionBaseline;
}

const LmHeadKernels& lmHeadKernelsOf(InstructionSet set)
{
    switch (set) {
    case InstructionSet::Baseline:
        break;
#ifdef AHASCOPE_X86
    case InstructionSet::Avx2:
        return lmHeadAvx2;
    case InstructionSet::Avx512:
        return lmHeadAvx512;
#else
    default:
        break;
#endif
    }
    return lmHeadBaseline;
}

const ProductKernels& productKernelsOf(InstructionSet set)
{
    switch (set) {
    case InstructionSet::Baseline:
        break;
#ifdef AHASCOPE_X86
    case InstructionSet::Avx2:
        return productsAvx2;
    case InstructionSet::Avx512:
        return productsAvx512;
#else
    default:
        break;
#endif
    }
    return productsBaseline;
}

const RowKernels& rowKernelsOf(InstructionSet set)
{
    switch (set) {
    case InstructionSet::Baseline:
        break;
#ifdef AHASCOPE_X86
    case InstructionSet::Avx2:
        return rowsAvx2;
    case InstructionSet::Avx512:
        return rowsAvx512;
#else
    default:
        break;
#endif
    }
    return rowsBaseline;
}

} // namespace ahascope::kernels
