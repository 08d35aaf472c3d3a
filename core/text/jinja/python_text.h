// Values as text: Python's str() and repr(), and JSON as transformers' tojson writes it.
#pragma once

#include <optional>
#include <string>

#include "core/text/jinja/value.h"

namespace ahascope::text::jinja {

// Throw Fault for what has no text worth having: functions, methods, generators.
std::string toText(const Value& value, Budget& budget);           // str()
std::string toRepresentation(const Value& value, Budget& budget); // repr()
// repr() of a float: the shortest digits that give it back.
std::string toText(double value);

struct JsonStyle {
    bool onlyAscii = false;
    std::optional<std::string> indent = std::nullopt; // of one level; none: all on one line
    std::string between = ", ";                       // items
    std::string afterKey = ": ";
    bool sorted = false;
};
// json.dumps(). Throws Fault for what JSON does not have.
std::string toJson(const Value& value, const JsonStyle& style, Budget& budget);

} // namespace ahascope::text::jinja
