#include "ui/models/number_text.h"

#include <charconv>
#include <cmath>
#include <string>

namespace ahascope::ui {

namespace {

template <typename Number>
std::optional<Number> parse(const QString& text)
{
    const std::string trimmed = text.trimmed().toStdString();
    const char* begin = trimmed.data();
    const char* end = begin + trimmed.size();
    if (begin != end && *begin == '+')
        ++begin;
    Number value{};
    const auto [stop, problem] = std::from_chars(begin, end, value);
    if (problem != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

} // namespace

std::optional<double> parseNumber(const QString& text)
{
    const auto value = parse<double>(text);
    return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> parseInteger(const QString& text)
{
    return parse<std::int64_t>(text);
}

} // namespace ahascope::ui
