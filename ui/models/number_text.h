// Numbers as a person types them.
#pragma once

#include <cstdint>
#include <optional>

#include <QString>

namespace ahascope::ui {

// "1e-4" and "-3.5"; none for anything else ("0,5", "1 000", "nan").
std::optional<double> parseNumber(const QString& text);
std::optional<std::int64_t> parseInteger(const QString& text);

} // namespace ahascope::ui
