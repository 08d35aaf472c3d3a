// Overrides of the form path.to.key=value. Private to this folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/experiment.h"
#include "core/problem.h"

namespace ahascope::config {

// Paths in the value are relative to `folder`. Problems have "--set <setting>" as their place.
void applySetting(Experiment& experiment, const std::string& setting, const std::filesystem::path& folder,
    std::vector<Problem>& problems);

} // namespace ahascope::config
