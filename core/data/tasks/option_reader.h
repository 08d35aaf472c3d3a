// Typed access to options, with the fallbacks of their registration.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/tasks/task.h"

namespace ahascope::data {

inline TaskOption textOption(
    std::string name, std::string fallback, std::string help, std::vector<std::string> choices = {})
{
    TaskOption option;
    option.name = std::move(name);
    option.fallback = std::move(fallback);
    option.help = std::move(help);
    option.choices = std::move(choices);
    return option;
}

// A share of the texts of a corpus, 0 .. 1.
inline TaskOption shareOption(std::string name, double fallback, std::string help)
{
    return {std::move(name), fallback, std::move(help), "share", 0, 1, {}};
}

class OptionReader {
public:
    OptionReader(const std::vector<TaskOption>& known, const Options& given) : m_known(known), m_given(given) { }

    // Throw InputError when the option has another type; a whole number does for a real one.
    std::int64_t integer(std::string_view name) const;
    double number(std::string_view name) const;
    bool boolean(std::string_view name) const;
    std::string text(std::string_view name) const;

private:
    const OptionValue& value(std::string_view name) const;

    const std::vector<TaskOption>& m_known;
    const Options& m_given;
};

} // namespace ahascope::data
