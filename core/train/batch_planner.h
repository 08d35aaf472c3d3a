// Cuts an update into micro-batches that fit the memory.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/model/packed_batch.h"
#include "core/train/policy_trainer.h"
#include "core/train/supervised_trainer.h"

namespace ahascope::train {

// The outputs of one completion within a micro-batch.
struct PlannedSample {
    std::size_t group = 0;
    std::size_t sample = 0;
    std::size_t firstOutput = 0;
    std::size_t outputs = 0; // its tokens

    bool operator==(const PlannedSample&) const = default;
};

struct PolicyMicroBatch {
    model::PackedBatch batch;
    std::vector<PlannedSample> samples;
};

// Packs the chosen samples, in order, into micro-batches of at most `tokenBudget` rows and as many outputs; a single
// longer sequence has one to itself. The samples of a group share their prompt's rows and stay together where a whole
// group fits; a larger group is split and its prompt computed again in each part. Samples without tokens are left out.
std::vector<PolicyMicroBatch> planPolicyBatches(std::span<const PolicyGroup> groups, std::int64_t tokenBudget,
    const std::function<bool(std::size_t group, std::size_t sample)>& chosen);

// Packs examples in order; each output is one target token. Rows after an example's last target are not computed.
std::vector<model::PackedBatch> planSupervisedBatches(
    std::span<const SupervisedExample> examples, std::int64_t tokenBudget);

} // namespace ahascope::train
