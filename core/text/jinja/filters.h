// value | name(arguments)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

using FilterFunction = Value (*)(const Value& input, const Arguments& arguments, Runtime& runtime);
struct NamedFilter {
    std::string_view name;
    FilterFunction apply;
};
// The filters of text_filters.cpp and sequence_filters.cpp.
const std::vector<NamedFilter>& textFilters();
const std::vector<NamedFilter>& sequenceFilters();

// Of Jinja: those that are not supported here count, since a template may carry one that it never comes to.
bool isKnownFilter(std::string_view name);
std::string filterRemedy(std::string_view name);
// Throws Fault for a filter that does not exist or is not supported.
Value applyFilter(const std::string& name, const Value& input, const Arguments& arguments, Runtime& runtime);

} // namespace ahascope::text::jinja
