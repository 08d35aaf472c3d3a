#include "core/pipeline/stage_loop.h"

namespace ahascope::pipeline {

void evaluateIfDue(RunContext& context, const config::Stage& stage, const Evaluator& evaluator, bool betweenRollouts)
{
    std::int64_t step = context.progress.step;
    evaluator.evaluatePending(
        context, {.complete = step == 0 || step == stage.steps, .interruptible = betweenRollouts});
}

StageEnd runStageLoop(RunContext& context, const config::Stage& stage, const Evaluator& evaluator,
    Checkpointer& checkpointer, StageWork& work, const train::StateSource& trainer)
{
    const Progress& progress = context.progress;
    if (trainer)
        work.load(trainer);
    else
        context.progress.evaluationPending = true;
    auto save = [&](bool stageEnd) {
        checkpointer.save(
            context, [&](const train::StateSink& sink) { work.save(sink); }, stageEnd);
    };
    // The last evaluation belongs to the stage.
    auto finished = [&] { return progress.step >= stage.steps && !progress.evaluationPending; };
    while (!finished()) {
        if (!context.goOn([&] { save(false); }))
            return StageEnd::Stopped;
        if (progress.evaluationPending)
            evaluateIfDue(context, stage, evaluator, true);
        else if (work.advance() && checkpointer.due(progress) && !finished())
            save(false);
    }
    save(true);
    return StageEnd::Done;
}

} // namespace ahascope::pipeline
