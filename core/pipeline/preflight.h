// What can be known of an experiment before its first step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/experiment.h"
#include "core/problem.h"

namespace ahascope::pipeline {

// Bytes, from running the real code on the plan backend with the largest batch the experiment allows.
struct MemoryPlan {
    std::uint64_t weights = 0;
    std::uint64_t gradients = 0;
    std::uint64_t optimizer = 0;
    std::uint64_t reference = 0;
    std::uint64_t rolloutCache = 0;
    std::uint64_t activations = 0;
    std::uint64_t saving = 0;    // a copy on the host while a checkpoint is written
    std::uint64_t peak = 0;      // of all of these together
    std::uint64_t available = 0; // on the device
};

struct TokenPiece {
    std::int32_t id = 0;
    std::string text;
};

struct Preflight {
    std::vector<Problem> problems; // empty: the run may start
    MemoryPlan memory;
    std::string device;       // that the run would use: "cuda:0", "cpu"
    std::string deviceName;   // "NVIDIA H200"
    std::string deviceNote;   // why "auto" is the processor; empty otherwise
    std::string modelSummary; // "Qwen2, 0.80M parameters, 4 layers, vocabulary 196"
    std::int64_t trainRows = 0;
    std::vector<std::pair<std::string, std::int64_t>> evalRows; // set, rows
    std::string firstPrompt;                                    // the first training row through the template
    std::vector<TokenPiece> firstTokens;
};

// Checks everything the experiment names: fields, template, rules, data, model, memory. `device`: where it is to run,
// if not where the experiment says. Never throws for bad input.
Preflight preflight(const config::Experiment& experiment, const std::string& device);
Preflight preflight(const config::Experiment& experiment);

} // namespace ahascope::pipeline
