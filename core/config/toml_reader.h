// From TOML to an experiment, by the schema. Private to this folder.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/experiment.h"
#include "core/config/schema.h"
#include "core/problem.h"

namespace ahascope::config {

// Line of the file that a table or key stands in, by its path ("stage.0", "stage.0.steps").
using LineMap = std::map<std::string, std::uint32_t>;

// Reads what can be read; problems have the path as their place. Relative paths are resolved against `folder`.
void readToml(std::string_view toml, const std::filesystem::path& folder, Experiment& experiment, LineMap& lines,
    std::vector<Problem>& problems);

// "where: line 12: path" from the path of a problem, by the nearest table or key that the file has.
std::string placeOf(const std::string& where, const std::string& path, const LineMap& lines);

// One value as TOML has it: true, 7, 1e-4, "text". None when it is not one of these.
std::optional<Value> parseTomlValue(std::string_view text);

// Makes a path in a field absolute; leaves an empty one.
std::string resolvedPath(const std::string& path, const std::filesystem::path& folder);

} // namespace ahascope::config
