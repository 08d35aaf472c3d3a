// toml++ for files from outside. Only .cpp files include this, and instead of <toml++/toml.h>: its parser (3.3.0)
// asserts that a value does not begin with a terminator, which "a = [1, }" makes untrue, and in release builds it
// assumes so.
#pragma once

#include <string_view>

namespace ahascope::text {

[[noreturn]] void refuseToml(); // throws toml::parse_error

} // namespace ahascope::text

#pragma push_macro("NDEBUG")
#undef NDEBUG // with it toml++ turns its assertions into assumptions
#define TOML_ASSERT(expr) (static_cast<bool>(expr) ? static_cast<void>(0) : ::ahascope::text::refuseToml())
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace ahascope::text {

// Throws toml::parse_error for everything that is wrong, keys of more than 256 dotted parts included: those make tables
// that are nested without bound, and are destroyed recursively.
toml::table parseToml(std::string_view text);

} // namespace ahascope::text
