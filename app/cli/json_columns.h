// The members of a JSON line as the columns of a dataset row.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/text/prompt_template.h"

namespace ahascope::cli {

// A text as it is, anything else as JSON.
std::string columnText(const nlohmann::json& value);

// Every member but those named.
text::Columns columnsOf(const nlohmann::json& line, std::initializer_list<std::string_view> besides = {});

// A member that must be there; a number or list becomes its JSON text. Throws InputError.
std::string requiredColumn(const nlohmann::json& line, const std::string& name);

// The same, empty when it is absent or null.
std::string optionalColumn(const nlohmann::json& line, const std::string& name);

} // namespace ahascope::cli
