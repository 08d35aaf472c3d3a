// Checks of ids that were computed elsewhere, before they become addresses.
#pragma once

#include "kernels/tensor.h"

namespace ahascope::kernels {

// Every value of ids (I32 [1, n]) is in [0, count).
inline void expectIdsBelow(const Tensor& ids, std::int64_t count, const char* message,
    std::source_location place = std::source_location::current())
{
    bool inside = true;
    for (std::int64_t i = 0; i < ids.columns; ++i)
        inside &= ids.i32()[i] >= 0 && ids.i32()[i] < count;
    expect(inside, message, place);
}

} // namespace ahascope::kernels
