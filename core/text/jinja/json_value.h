// JSON as the values of a template, keys in the order of the file, as Python reads it.
#pragma once

#include <string>
#include <string_view>

#include "core/text/jinja/value.h"

namespace ahascope::text::jinja {

// Throws InputError with `where` and the byte: what is not JSON, nests more than 64 levels, or has more than a million
// values or 16 MiB.
Value valueOfJson(std::string_view json, const std::string& where);

} // namespace ahascope::text::jinja
