// What was changed between two experiments.
#pragma once

#include <string>
#include <vector>

#include "core/config/experiment.h"

namespace ahascope::config {

struct Difference {
    std::string path; // "stage.reasoning.learning_rate": members of lists by name
    std::string a;    // as toString(Value); "—" where the side has no such field
    std::string b;
    std::string unit;

    bool operator==(const Difference&) const = default;
};

// In the order of the form. Fields that only one side has are left out where that side has the default.
std::vector<Difference> diff(const Experiment& a, const Experiment& b);

} // namespace ahascope::config
