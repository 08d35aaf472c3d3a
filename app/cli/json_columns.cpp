#include "app/cli/json_columns.h"

#include <algorithm>

#include "core/problem.h"

namespace ahascope::cli {

std::string columnText(const nlohmann::json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

text::Columns columnsOf(const nlohmann::json& line, std::initializer_list<std::string_view> besides)
{
    text::Columns columns;
    for (const auto& [name, value] : line.items()) {
        if (std::find(besides.begin(), besides.end(), name) == besides.end()) {
            columns.emplace_back(name, columnText(value));
        }
    }
    return columns;
}

std::string requiredColumn(const nlohmann::json& line, const std::string& name)
{
    const auto found = line.find(name);
    if (found == line.end() || found->is_null()) {
        throw InputError(Problem{name, "the line has no \"" + name + "\"", "write {\"" + name + "\": ...}"});
    }
    return columnText(*found);
}

std::string optionalColumn(const nlohmann::json& line, const std::string& name)
{
    const auto found = line.find(name);
    return found == line.end() || found->is_null() ? std::string() : columnText(*found);
}

} // namespace ahascope::cli
