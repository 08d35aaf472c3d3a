// Run events as JSON lines, for scripts (--events).
#pragma once

#include <cstdint>
#include <string>

#include "core/pipeline/run_event.h"

namespace ahascope::pipeline {

// One object without a line end: {"event", "run", "stage", "step", "global_step", "time", ...}. Values that are not
// finite are null. Pauses appear as notices.
std::string toJsonLine(const RunEvent& event, std::int64_t run);

} // namespace ahascope::pipeline
