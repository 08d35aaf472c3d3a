// All stages of one run, on the calling thread. Knows no store: it tells what happens and is told what to do.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/config/experiment.h"
#include "core/pipeline/run_context.h"
#include "kernels/backend.h"

namespace ahascope::pipeline {

// What a session goes on from.
struct ResumePoint {
    std::filesystem::path checkpoint;
    // Global steps of the other checkpoints that are there, with whether each is its stage's last; oldest first.
    std::vector<std::pair<std::int64_t, bool>> others;
    // The last checkpoint of each finished stage, for stages that begin from one by name.
    std::map<std::string, std::filesystem::path> stageEnds;
    bool evaluateFirst = false; // of a fork: its curves begin with the policy it starts from
};

struct SessionOptions {
    std::filesystem::path checkpoints; // folder
    std::optional<ResumePoint> resume;
};

// Runs every stage to its end or until a stop. Emits everything between RunStarted and RunFinished, those two included;
// a failure becomes RunFinished{Failed}. Throws only what a sink throws while that is being told.
RunFinished runSession(const config::Experiment& experiment, kernels::Backend& backend, RunControl& control,
    const RunSinks& sinks, const SessionOptions& options);

} // namespace ahascope::pipeline
