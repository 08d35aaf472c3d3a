// The names that every template finds, and what calling them does.
#pragma once

#include <string_view>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

// Nothing for a name that is none of them.
std::optional<Value> globalValue(std::string_view name);
Value callFunction(Function function, const Arguments& arguments, Runtime& runtime);

} // namespace ahascope::text::jinja
