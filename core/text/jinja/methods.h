// object.name(arguments) for the methods of Python's types. None of them leads out of the value it is called on.
#pragma once

#include <string>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

// Whether the object's Python type has the method, supported here or not.
bool hasMethod(const Value& object, const std::string& name);
// Whether the immutable sandbox forbids it: list.append and its like.
bool changesItsObject(const Value& object, const std::string& name);
// Throws Fault for a method that is not supported.
Value callMethod(const Method& method, const Arguments& arguments, Runtime& runtime);

} // namespace ahascope::text::jinja
