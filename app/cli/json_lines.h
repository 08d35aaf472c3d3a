// JSON-lines filters: one object in, one object out, in order, streaming.
#pragma once

#include <functional>

#include <nlohmann/json.hpp>

namespace ahascope::cli {

// Reads objects from standard input until its end and writes what `answer` makes of each, flushed line by line. Invalid
// UTF-8 becomes U+FFFD; a line that is not a JSON object, or for which `answer` throws, is answered with {"error":
// "..."}. Returns the exit code: Done, or Failed if any line was an error.
int filterJsonLines(const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer);

} // namespace ahascope::cli
