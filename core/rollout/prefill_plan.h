// How newly admitted prompts and sequences are computed: as packed passes of limited size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/packed_batch.h"
#include "core/rollout/scheduler.h"

namespace ahascope::rollout {

struct PrefillPass {
    model::PackedBatch batch;
    std::vector<std::int32_t> destinations; // per row: place in the cache, -1 = already there
    struct LastRow {
        std::int64_t row = 0;   // of the batch
        std::int32_t place = 0; // where the scheduler wants this prompt's last hidden state
    };
    std::vector<LastRow> lastRows;
};

// Passes of at most `rows` rows (more only for a single sequence that is longer) that fill the cache for `admission`.
// A sequence that had been put back brings its own tokens after its prompt's.
std::vector<PrefillPass> planPrefill(const Admission& admission, const Scheduler& scheduler,
    std::span<const GenerationRequest> requests, std::int64_t rows);

} // namespace ahascope::rollout
