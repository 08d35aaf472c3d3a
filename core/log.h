// The program's log: one line per event, on standard error.
#pragma once

#include <string>

namespace ahascope::log {

// "debug", "info", "warning", "error" or "off"; an unknown name means "warning".
void setUp(const std::string& level);

void debug(const std::string& text);
void info(const std::string& text);
void warning(const std::string& text);
void error(const std::string& text);

} // namespace ahascope::log
