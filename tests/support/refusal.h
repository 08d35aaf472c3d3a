#pragma once

#include <string>

#include "core/problem.h"

namespace ahascope::test {

// What `action` is refused with; empty when it is not.
template <typename Action>
std::string refusalOf(Action action)
{
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

} // namespace ahascope::test
