#include "core/pipeline/run_event.h"

#include <algorithm>

namespace ahascope::pipeline {

std::optional<double> find(const Metrics& metrics, std::string_view name)
{
    auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& metric) { return metric.first == name; });
    return found == metrics.end() ? std::nullopt : std::optional(found->second);
}

} // namespace ahascope::pipeline
