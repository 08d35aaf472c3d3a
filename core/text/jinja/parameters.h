// The arguments of a built-in filter, test or method, bound to the names of its parameters.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/jinja/value.h"

namespace ahascope::text::jinja {

class Parameters {
public:
    // The first `required` must be given. Throws Fault for too many, unknown, missing or doubly given ones.
    Parameters(std::string_view callee, const Arguments& arguments, std::initializer_list<std::string_view> names,
        std::size_t required = 0);

    // Null when not given.
    const Value* at(std::size_t index) const { return m_values[index]; }
    bool given(std::size_t index) const { return m_values[index] != nullptr; }
    bool boolean(std::size_t index, bool absent) const;
    std::int64_t integer(std::size_t index) const;
    std::int64_t integer(std::size_t index, std::int64_t absent) const
    {
        return given(index) ? integer(index) : absent;
    }
    const std::string& text(std::size_t index) const;

private:
    [[noreturn]] void wrongType(std::size_t index, std::string_view wanted) const;

    std::string_view m_callee;
    std::vector<std::string_view> m_names;
    std::vector<const Value*> m_values;
};

} // namespace ahascope::text::jinja
