// The tables of one instruction set.
#pragma once

#include "kernels/cpu/attention_kernels.h"
#include "kernels/cpu/lm_head_kernels.h"
#include "kernels/cpu/products.h"
#include "kernels/cpu/row_kernels.h"
#include "kernels/devices.h"

namespace ahascope::kernels {

const AttentionKernels& attentionKernelsOf(InstructionSet set);
const LmHeadKernels& lmHeadKernelsOf(InstructionSet set);
const ProductKernels& productKernelsOf(InstructionSet set);
const RowKernels& rowKernelsOf(InstructionSet set);

} // namespace ahascope::kernels
