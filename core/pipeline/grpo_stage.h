// A stage of group-relative policy optimisation.
#pragma once

#include "core/pipeline/checkpointer.h"
#include "core/pipeline/run_context.h"

namespace ahascope::pipeline {

// Runs the stage from context.progress.step to its end, or until it is stopped. `trainer` is the state to resume from,
// or empty.
StageEnd runGrpoStage(RunContext& context, const config::Stage& stage, Checkpointer& checkpointer,
    const train::StateSource& trainerState);

} // namespace ahascope::pipeline
