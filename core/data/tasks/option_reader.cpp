#include "core/data/tasks/option_reader.h"

#include <algorithm>

namespace ahascope::data {

namespace {

InputError wrongType(std::string_view name, const std::string& wanted)
{
    return InputError({std::string(name), "is not " + wanted, "write " + wanted});
}

} // namespace

const OptionValue& OptionReader::value(std::string_view name) const
{
    const auto given
        = std::find_if(m_given.begin(), m_given.end(), [&](const auto& pair) { return pair.first == name; });
    if (given != m_given.end()) {
        return given->second;
    }
    return std::find_if(m_known.begin(), m_known.end(), [&](const TaskOption& option) {
        return option.name == name;
    })->fallback;
}

std::int64_t OptionReader::integer(std::string_view name) const
{
    const auto* held = std::get_if<std::int64_t>(&value(name));
    if (held == nullptr) {
        throw wrongType(name, "a whole number");
    }
    return *held;
}

double OptionReader::number(std::string_view name) const
{
    const OptionValue& held = value(name);
    if (const auto* whole = std::get_if<std::int64_t>(&held)) {
        return static_cast<double>(*whole);
    }
    const auto* real = std::get_if<double>(&held);
    if (real == nullptr) {
        throw wrongType(name, "a number");
    }
    return *real;
}

bool OptionReader::boolean(std::string_view name) const
{
    const auto* held = std::get_if<bool>(&value(name));
    if (held == nullptr) {
        throw wrongType(name, "true or false");
    }
    return *held;
}

std::string OptionReader::text(std::string_view name) const
{
    const auto* held = std::get_if<std::string>(&value(name));
    if (held == nullptr) {
        throw wrongType(name, "a text");
    }
    return *held;
}

} // namespace ahascope::data
