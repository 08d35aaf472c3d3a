#include "core/text/jinja/replace.h"

#include "core/text/utf8.h"

namespace ahascope::text::jinja {

std::string replaced(
    std::string_view text, std::string_view old, std::string_view with, std::int64_t most, Budget& budget)
{
    std::string result;
    std::size_t at = 0;
    if (old.empty()) { // stands before every code point and at the end
        while (most != 0 && at <= text.size()) {
            budget.append(result, with);
            --most;
            if (at == text.size())
                return result;
            const std::size_t bytes = codePointAt(text, at).bytes;
            budget.append(result, text.substr(at, bytes));
            at += bytes;
        }
        budget.append(result, text.substr(at));
        return result;
    }
    for (std::size_t found = text.find(old); found != std::string_view::npos && most != 0; found = text.find(old, at)) {
        budget.append(result, text.substr(at, found - at));
        budget.append(result, with);
        budget.step();
        at = found + old.size();
        --most;
    }
    budget.append(result, text.substr(at));
    return result;
}

std::string padded(const std::string& text, std::int64_t width, Padding side, std::string_view fill, Budget& budget)
{
    const auto length = static_cast<std::int64_t>(countCodePoints(text));
    if (countCodePoints(fill) != 1)
        throw Fault("a text is padded with one character");
    const auto missing = static_cast<std::uint64_t>(width > length ? width - length : 0);
    if (missing > 1u << 30)
        throw Fault("a text is padded too far");
    std::string result;
    budget.grow(result, text.size() + missing * fill.size());
    // Python's center() puts the odd one left when the width is odd.
    const std::uint64_t left = side == Padding::Left ? missing
        : side == Padding::Right                     ? 0
                                                     : missing / 2 + (missing & static_cast<std::uint64_t>(width) & 1);
    for (std::uint64_t i = 0; i < left; ++i)
        result += fill;
    result += text;
    for (std::uint64_t i = left; i < missing; ++i)
        result += fill;
    return result;
}

} // namespace ahascope::text::jinja
