#include "kernels/devices.h"

namespace ahascope::kernels {

InstructionSet detectInstructionSet()
{
#ifdef AHASCOPE_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq"))
        return InstructionSet::Avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return InstructionSet::Avx2;
#endif
    return InstructionSet::Baseline;
}

std::string toString(InstructionSet set)
{
    switch (set) {
    case InstructionSet::Baseline:
        break;
    case InstructionSet::Avx2:
        return "AVX2";
    case InstructionSet::Avx512:
        return "AVX-512";
    }
    return "baseline";
}

} // namespace ahascope::kernels
