// Token sequences laid row after row into one forward pass, on the host.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/segments.h"

namespace ahascope::model {

// T rows (tokens fed) and N outputs (tokens predicted). Output n asks for the log-probability of targets[n] after row
// outputRows[n]; a row may have several outputs (the last token of a prompt has one per completion of its group).
struct PackedBatch {
    std::vector<std::int32_t> ids;          // [T]
    std::vector<std::int32_t> positions;    // [T] place in its own sequence, from 0
    std::vector<kernels::Segment> segments; // in row order, covering the rows
    std::vector<std::int32_t> outputRows;   // [N]
    std::vector<std::int32_t> targets;      // [N]

    std::int64_t rows() const { return static_cast<std::int64_t>(ids.size()); }
    std::int64_t outputs() const { return static_cast<std::int64_t>(targets.size()); }

    // Both append one run of rows and return the index of its segment. A continuation looks at all of `prefix` (the
    // index of a segment made by addSequence) and then at itself. Nothing is added for no tokens.
    std::size_t addSequence(std::span<const std::int32_t> tokens);
    std::size_t addContinuation(std::size_t prefix, std::span<const std::int32_t> tokens);
    void addOutput(std::int64_t row, std::int32_t target);

    // A prompt already added as segment `prompt`, and one completion of it: the rows of all but its last token, and
    // one output per token.
    void addCompletion(std::size_t prompt, std::span<const std::int32_t> completion);

    void clear();
};

} // namespace ahascope::model
