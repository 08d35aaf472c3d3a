#include "core/store/run_types.h"

namespace ahascope::store {

const char* toString(RunState state)
{
    switch (state) {
    case RunState::Queued:
        return "queued";
    case RunState::Running:
        return "running";
    case RunState::Paused:
        return "paused";
    case RunState::Stopped:
        return "stopped";
    case RunState::Failed:
        return "failed";
    case RunState::Interrupted:
        return "interrupted";
    case RunState::Finished:
        return "finished";
    }
    return "unknown";
}

} // namespace ahascope::store
