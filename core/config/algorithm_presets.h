// Algorithms as sets of values: "R1 paper", "DAPO", "Dr. GRPO" ...
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/experiment.h"
#include "core/config/schema.h"

namespace ahascope::config {

struct AlgorithmPreset {
    std::string name;
    std::string help;                                  // what it is for, with its source
    std::vector<std::pair<std::string, Value>> values; // key of a grpo stage, value

    bool operator==(const AlgorithmPreset&) const = default;
};

const std::vector<AlgorithmPreset>& algorithmPresets();

void apply(const AlgorithmPreset& preset, GrpoStage& stage);
// Every value of the preset stands in the stage.
bool matches(const AlgorithmPreset& preset, const GrpoStage& stage);

} // namespace ahascope::config
