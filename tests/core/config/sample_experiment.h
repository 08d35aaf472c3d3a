// A sound experiment as a file has it, for tests to break.
#pragma once

#include <string>
#include <vector>

#include "core/config/toml.h"

namespace ahascope::config {

inline const std::string sampleToml = R"(schema_version = 1
name = "sample"
[model]
path = "models/base"
[data.train]
task = "countdown"
[data.eval]
task = "countdown"
rows = 100
[[rule]]
type = "accuracy"
kind = "countdown"
[[rule]]
type = "format"
weight = 0.5
[[stage]]
type = "grpo"
name = "reasoning"
steps = 20
num_prompts = 32
updates_per_rollout = 4
)";

inline Experiment parsed(const std::string& toml, const std::vector<std::string>& settings = {})
{
    return parseExperiment(toml, "sample.toml", "/work place", settings);
}

// All problems, one a line.
inline std::string complaints(const std::string& toml, const std::vector<std::string>& settings = {})
{
    std::vector<Problem> problems;
    parseExperiment(toml, "sample.toml", "/work place", settings, problems);
    std::string all;
    for (const Problem& problem : problems) {
        all += toString(problem) + '\n';
    }
    return all;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    return text.replace(text.find(from), from.size(), to);
}

} // namespace ahascope::config
