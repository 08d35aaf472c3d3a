// The most multiply-adds that this processor does: the yardstick of products.
#pragma once

#include "kernels/devices.h"

namespace ahascope::bench {

// Gigaflops (a multiply-add is two) of one thread in a loop of independent multiply-adds on registers, for some
// milliseconds. The set must be one that this processor has.
double fmaPeak(kernels::InstructionSet set);

} // namespace ahascope::bench
