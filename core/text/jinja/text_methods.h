// The methods of Python's str.
#pragma once

#include <optional>
#include <string>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

// Nothing for a method that is not supported.
std::optional<Value> callTextMethod(
    const std::string& text, const std::string& name, const Arguments& arguments, Runtime& runtime);

} // namespace ahascope::text::jinja
