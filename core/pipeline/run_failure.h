// What ended a run, in a person's words.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>

#include "core/config/experiment.h"
#include "core/problem.h"

namespace ahascope::pipeline {

// Where a run stood when it failed.
struct FailurePlace {
    const config::Experiment& experiment;
    std::int32_t stage = 0;
    std::optional<std::int64_t> lastCheckpoint = std::nullopt; // global step; none was saved yet
};

// What happened, what is kept, and what to do: of too little memory which settings would need less, of a lost device
// how to go on.
Failure failureOf(const std::exception& error, const FailurePlace& place);

} // namespace ahascope::pipeline
