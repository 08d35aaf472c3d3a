// Whether rounding can decide which token is drawn.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/decode_state.h"
#include "kernels/philox.h"

namespace ahascope::kernels::parity {

// By the rules of SamplingOptions in double: no other token's score, and no token at the edge of top k or top p, is as
// near as two backends' logits may lie apart.
bool isClear(const std::vector<double>& logits, const SamplingOptions& options, PhiloxKey key, std::uint32_t position);

} // namespace ahascope::kernels::parity
