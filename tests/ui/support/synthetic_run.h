// Stores with runs that look like real ones: curves that rise, chains of thought that grow, written through RunWriter
// as a run would. For tests of the window and for pictures of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/experiment.h"
#include "core/pipeline/run_event.h"

namespace ahascope::ui {

struct SyntheticRun {
    std::string name = "r1-zero-countdown";
    std::int64_t steps = 40;
    std::int64_t planned = 40; // more than `steps`: it was stopped on the way
    std::int64_t evaluateEvery = 10;
    int prompts = 4; // per rollout
    int generations = 8;
    int heldOut = 24; // problems, 4 samples each
    double bestAccuracy = 0.85;
    std::uint64_t seed = 1;
    double learningRate = 1e-4;
    pipeline::Outcome outcome = pipeline::Outcome::Finished;
};

// The experiment that such a run was made from.
config::Experiment syntheticExperiment(const SyntheticRun& run);

// Every event of the run, in order.
std::vector<pipeline::RunEvent> syntheticEvents(const SyntheticRun& run);

// Writes it into the store; gives its number.
std::int64_t writeSyntheticRun(const std::filesystem::path& store, const SyntheticRun& run);

} // namespace ahascope::ui
