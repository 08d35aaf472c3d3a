// Runs of the store as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "core/store/catalogue.h"

namespace ahascope::cli {

nlohmann::ordered_json toJson(const store::RunEntry& run);

// Indented; text that is not UTF-8 is repaired.
std::string dump(const nlohmann::ordered_json& value);

} // namespace ahascope::cli
