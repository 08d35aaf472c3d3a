// What the rules of an experiment say of completions, without a run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/experiment.h"
#include "core/pipeline/run_event.h"
#include "core/problem.h"

namespace ahascope::store {
class RunReader;
}

namespace ahascope::ui {

struct DryRunInput {
    std::string prompt;
    std::string completion;
    std::string answer;
    std::vector<std::pair<std::string, std::string>> columns;
    bool endedByItself = true;
};

struct DryRunRule {
    std::string name;
    double weight = 1.0;
    std::string status; // "graded", "ungraded" ...
    std::optional<double> score;
    std::string reason;
};

struct DryRun {
    std::vector<DryRunRule> rules;
    std::optional<double> reward;
    std::optional<bool> correct;
    std::string extracted;
    std::string formatReason;      // why the format is broken; empty: it is kept
    std::vector<Problem> problems; // of the recipe or the template
};

DryRun dryRun(const config::Experiment& experiment, const DryRunInput& input);

// A stored sample under the rules as they are edited now.
struct Rescored {
    std::int64_t id = 0;
    std::string completion{}; // its first line
    std::optional<double> before{};
    std::optional<double> after{};
    bool correctBefore = false;
    bool correctAfter = false;
    std::string reason{}; // of the first rule whose score is another one
};

struct Rescoring {
    std::vector<Rescored> samples;
    std::int64_t globalStep = 0;
    std::int64_t deadGroupsBefore = 0; // all rewards equal: nothing to learn from
    std::int64_t deadGroupsAfter = 0;
    std::int64_t groups = 0;
    std::vector<Problem> problems;
};

// The newest rollout of a stored run. Throws store::StoreError.
Rescoring rescoreLatest(store::RunReader& reader, const config::Experiment& experiment);

} // namespace ahascope::ui
