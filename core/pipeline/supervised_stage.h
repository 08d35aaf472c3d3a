// A stage of supervised training: pre-training on a corpus, or fine-tuning on completions.
#pragma once

#include "core/pipeline/checkpointer.h"
#include "core/pipeline/run_context.h"

namespace ahascope::pipeline {

// As runGrpoStage(), for pretrain and sft stages.
StageEnd runSupervisedStage(RunContext& context, const config::Stage& stage, Checkpointer& checkpointer,
    const train::StateSource& trainerState);

} // namespace ahascope::pipeline
