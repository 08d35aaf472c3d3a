#include "core/text/jinja/parameters.h"

#include <algorithm>

namespace ahascope::text::jinja {

Parameters::Parameters(std::string_view callee, const Arguments& arguments,
    std::initializer_list<std::string_view> names, std::size_t required)
    : m_callee(callee)
    , m_names(names)
    , m_values(names.size(), nullptr)
{
    const std::string who(callee);
    if (arguments.positional.size() > m_names.size())
        throw Fault(who + " takes at most " + std::to_string(m_names.size()) + " arguments");
    for (std::size_t i = 0; i < arguments.positional.size(); ++i)
        m_values[i] = &arguments.positional[i];
    for (const auto& [name, value] : arguments.named) {
        const auto found = std::find(m_names.begin(), m_names.end(), name);
        if (found == m_names.end())
            throw Fault(who + " has no argument " + name.substr(0, 80));
        const Value*& place = m_values[static_cast<std::size_t>(found - m_names.begin())];
        if (place != nullptr)
            throw Fault(who + " is given its argument " + name + " twice");
        place = &value;
    }
    for (std::size_t i = 0; i < required; ++i) {
        if (m_values[i] == nullptr)
            throw Fault(who + " needs its argument " + std::string(m_names[i]));
    }
}

void Parameters::wrongType(std::size_t index, std::string_view wanted) const
{
    throw Fault(std::string(m_callee) + ": its argument " + std::string(m_names[index]) + " is a "
        + std::string(typeName(*m_values[index])) + ", not a " + std::string(wanted));
}

bool Parameters::boolean(std::size_t index, bool absent) const
{
    return given(index) ? truth(*m_values[index]) : absent;
}

std::int64_t Parameters::integer(std::size_t index) const
{
    const auto value = m_values[index]->asInteger();
    if (!value)
        wrongType(index, "whole number");
    return *value;
}

const std::string& Parameters::text(std::size_t index) const
{
    const std::string* value = m_values[index]->asText();
    if (value == nullptr)
        wrongType(index, "text");
    return *value;
}

} // namespace ahascope::text::jinja
