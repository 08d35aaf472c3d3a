// Which rows of a packed batch may look at which others.
#pragma once

#include <cstdint>

#include "kernels/tensor.h"

namespace ahascope::kernels {

// One run of consecutive rows. Row begin + i attends to the whole prefix [prefixBegin, prefixBegin + prefixLength),
// then to [begin, begin + i] of its own run; a window keeps only the last of them. A prompt has no prefix; the
// completions of its group share it as theirs, so that it is computed once. A prefix stands before (at lower rows than)
// every run that uses it and has no prefix of its own.
struct Segment {
    std::int32_t begin = 0;
    std::int32_t length = 0;
    std::int32_t prefixBegin = 0;
    std::int32_t prefixLength = 0;

    bool operator==(const Segment&) const = default;
};

// The segments of one packed batch, in row order, covering its rows without gaps. `table` is I32 [count, 4] in the
// backend's memory, row = {begin, length, prefixBegin, prefixLength}; the other fields are known to the host from
// planning.
struct Segments {
    Tensor table;
    std::int64_t count = 0;
    std::int64_t rows = 0;
    std::int64_t longest = 0; // largest length
    std::int64_t pairs = 0;   // query-key pairs in all: the work of attention
};

} // namespace ahascope::kernels
