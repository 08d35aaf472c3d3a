// JSON-lines filters: one object in, one object out, in order, streaming.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ahascope::cli {

// Reads objects from standard input until its end and writes what `answer` makes of each, flushed line by line. Invalid
// UTF-8 becomes U+FFFD; a line that is not a JSON object, or for which `answer` throws, is answered with {"error":
// "..."}. Returns the exit code: Done, or Failed if any line was an error.
int filterJsonLines(const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer);

// The same for lines that are answered together: consecutive lines with the same non-empty key. `answer` gets them in
// order and returns as many objects; a line without a key is alone. At most 65,536 lines make a group.
int filterJsonLineGroups(const std::function<std::string(const nlohmann::json&)>& keyOf,
    const std::function<std::vector<nlohmann::ordered_json>(const std::vector<nlohmann::json>&)>& answer);

} // namespace ahascope::cli
