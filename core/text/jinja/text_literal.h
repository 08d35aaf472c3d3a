// Text as Python writes and reads it in source code.
#pragma once

#include <string>
#include <string_view>

namespace ahascope::text::jinja {

// What stands between the quotes of a literal, with its escapes replaced. Throws Fault for a damaged escape.
std::string withoutEscapes(std::string_view literal);
// repr() of a str: 'it\n' or "it's".
std::string quoted(std::string_view text);

} // namespace ahascope::text::jinja
