// value is name(arguments)
#pragma once

#include <string>
#include <string_view>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

bool isKnownTest(std::string_view name);
std::string testRemedy(std::string_view name);
// Throws Fault for a test that does not exist.
bool applyTest(const std::string& name, const Value& value, const Arguments& arguments, Runtime& runtime);

} // namespace ahascope::text::jinja
