#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace ahascope::log {

void setUp(const std::string& level)
{
    auto logger = std::make_shared<spdlog::logger>("ahascope", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%H:%M:%S.%e %l %v");
    logger->set_level(level == "debug" ? spdlog::level::debug
            : level == "info"          ? spdlog::level::info
            : level == "error"         ? spdlog::level::err
            : level == "off"           ? spdlog::level::off
                                       : spdlog::level::warn);
    spdlog::set_default_logger(std::move(logger));
}

void debug(const std::string& text)
{
    spdlog::debug("{}", text);
}
void info(const std::string& text)
{
    spdlog::info("{}", text);
}
void warning(const std::string& text)
{
    spdlog::warn("{}", text);
}
void error(const std::string& text)
{
    spdlog::error("{}", text);
}

} // namespace ahascope::log
