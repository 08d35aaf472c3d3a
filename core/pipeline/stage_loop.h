// The frame that every stage that trains runs in: evaluation at step 0, then updates, evaluations and checkpoints until
// the end.
#pragma once

#include "core/pipeline/checkpointer.h"
#include "core/pipeline/evaluation.h"
#include "core/pipeline/run_context.h"

namespace ahascope::pipeline {

// What a kind of stage does itself.
class StageWork {
public:
    virtual ~StageWork() = default;
    // Makes one update, or a rollout's updates, counting progress and emitting each. False when it was interrupted
    // before anything changed. A checkpoint may stand after it.
    virtual bool advance() = 0;
    virtual void save(const train::StateSink& sink) const = 0;
    virtual void load(const train::StateSource& source) = 0;
};

// Runs the stage from context.progress.step. `trainer` is the state to resume from, or empty for a stage that begins.
StageEnd runStageLoop(RunContext& context, const config::Stage& stage, const Evaluator& evaluator,
    Checkpointer& checkpointer, StageWork& work, const train::StateSource& trainer);

// Makes the evaluation that is due; between rollouts a stop may cut it short, and it then stays pending.
void evaluateIfDue(RunContext& context, const config::Stage& stage, const Evaluator& evaluator, bool betweenRollouts);

} // namespace ahascope::pipeline
