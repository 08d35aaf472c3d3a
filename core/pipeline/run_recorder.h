// Joins a session with the store: opens or makes the run, writes its events, hands them on.
#pragma once

#include <cstdint>
#include <functional>

#include "core/pipeline/run_worker.h"

namespace ahascope::pipeline {

// As performRun(); `numbered` is called as soon as the run has its number.
RunFinished recordRun(const RunStart& start, const RunOptions& options, RunControl& control,
    const std::function<void(std::int64_t)>& numbered);

} // namespace ahascope::pipeline
