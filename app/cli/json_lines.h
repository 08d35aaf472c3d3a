// JSON-lines filters: one object in, one object out, in order, streaming.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ahascope::cli {

// What a line is answered with that cannot be worked on: {"error": "..."}.
nlohmann::ordered_json errorAnswer(const std::exception& error);

// Reads objects from standard input until its end and writes what `answer` makes of each, flushed line by line; blank
// lines are passed over. Invalid UTF-8 becomes U+FFFD; a line that is not a JSON object, or for which `answer` throws,
// gets an error answer. Returns the exit code: Done, or Failed if there was one, which standard error then says.
// Throws Exit when standard output cannot be written.
int filterJsonLines(const std::function<nlohmann::ordered_json(const nlohmann::json&)>& answer);

// The same, with each line as it came: for members whose order counts.
int filterTextLines(const std::function<nlohmann::ordered_json(const std::string&)>& answer);

using AnswerGroup = std::function<std::vector<nlohmann::ordered_json>(const std::vector<nlohmann::json>&)>;

// The same for lines that are answered together: consecutive lines with the same non-empty key. `answer` gets them in
// order and returns as many objects, error answers among them; a line without a key is alone. At most 65,536 lines make
// a group.
int filterJsonLineGroups(const std::function<std::string(const nlohmann::json&)>& keyOf, const AnswerGroup& answer);

} // namespace ahascope::cli
