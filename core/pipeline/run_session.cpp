#include "core/pipeline/run_session.h"

#include <cstring>

#include "core/formats/atomic_file.h"
#include "core/pipeline/base_model.h"
#include "core/pipeline/checkpointer.h"
#include "core/pipeline/grpo_stage.h"
#include "core/pipeline/run_failure.h"
#include "core/pipeline/supervised_stage.h"

namespace ahascope::pipeline {

namespace {

class Session {
public:
    Session(const config::Experiment& experiment, kernels::Backend& backend, RunControl& control, const RunSinks& sinks,
        const SessionOptions& options)
        : m_options(options)
        , m_context(experiment, backend, control, sinks)
        , m_checkpointer(options.checkpoints, experiment.checkpoint)
    {
    }

    RunFinished run()
    {
        std::optional<Checkpoint> resume = openResumePoint();
        m_context.emit(RunStarted{m_context.backend.name(), resume ? resume->progress().globalStep : -1});
        const auto& stages = m_context.experiment.stages;
        while (m_context.progress.stage < static_cast<std::int32_t>(stages.size())) {
            const config::Stage& stage = stages[static_cast<std::size_t>(m_context.progress.stage)];
            m_context.emit(StageStarted{stage.steps});
            if (resume)
                m_context.policy = modelAt(m_context.experiment, m_context.backend, resume->folder());
            else
                initialise(stage);
            if (runStage(stage, resume ? stateOf(*resume) : train::StateSource{}) == StageEnd::Stopped)
                return {Outcome::Stopped, {}};
            m_stageEnds[stage.name] = m_checkpointer.folderOf(m_context.progress.globalStep);
            m_context.emit(StageFinished{});
            resume.reset();
            ++m_context.progress.stage;
            m_context.progress.step = 0;
        }
        --m_context.progress.stage; // the run ends where its last stage did
        m_context.progress.step = stages.back().steps;
        return {Outcome::Finished, {}};
    }

    RunContext& context() { return m_context; }
    FailurePlace place() const { return {m_context.experiment, m_context.progress.stage, m_checkpointer.lastKept()}; }

private:
    std::optional<Checkpoint> openResumePoint()
    {
        if (!m_options.resume) {
            m_context.startClock(0);
            return std::nullopt;
        }
        Checkpoint checkpoint(m_options.resume->checkpoint);
        m_context.progress = checkpoint.progress();
        m_context.progress.evaluationPending |= m_options.resume->evaluateFirst;
        m_context.startClock(checkpoint.progress().seconds);
        m_stageEnds = m_options.resume->stageEnds;
        for (const auto& [globalStep, stageEnd] : m_options.resume->others)
            m_checkpointer.adopt(globalStep, stageEnd);
        return checkpoint;
    }

    // The weights are in the model's file; the trainer's own copy of them is served from there, piece by piece.
    train::StateSource stateOf(const Checkpoint& checkpoint)
    {
        return [this, pieces = checkpoint.trainerState(), at = std::int64_t{0}](
                   const std::string& name, std::span<std::byte> bytes) mutable {
            if (!Checkpointer::isOfTheModel(name))
                return pieces(name, bytes);
            const auto count = static_cast<std::int64_t>(bytes.size());
            m_context.backend.download(
                bytes.data(), m_context.policy.parameters->trained().bytes().columnRange(at, count));
            at += count;
        };
    }

    void initialise(const config::Stage& stage)
    {
        bool first = m_context.progress.stage == 0;
        if (stage.init == "previous" && !first)
            return;
        m_context.policy.parameters.reset(); // two sets of weights would not fit the memory plan
        if (stage.init != "previous" && stage.init != "base")
            m_context.policy = modelAt(m_context.experiment, m_context.backend, m_stageEnds.at(stage.init));
        else
            m_context.policy = baseModel(m_context.experiment, m_context.backend);
    }

    StageEnd runStage(const config::Stage& stage, const train::StateSource& state)
    {
        if (std::holds_alternative<config::GrpoStage>(stage.options))
            return runGrpoStage(m_context, stage, m_checkpointer, state);
        return runSupervisedStage(m_context, stage, m_checkpointer, state);
    }

    const SessionOptions& m_options;
    RunContext m_context;
    Checkpointer m_checkpointer;
    std::map<std::string, std::filesystem::path> m_stageEnds;
};

} // namespace

RunFinished runSession(const config::Experiment& experiment, kernels::Backend& backend, RunControl& control,
    const RunSinks& sinks, const SessionOptions& options)
{
    std::optional<Session> session;
    RunFinished finished;
    try {
        session.emplace(experiment, backend, control, sinks, options);
        finished = session->run();
    } catch (const std::exception& error) {
        finished = {Outcome::Failed, failureOf(error, session ? session->place() : FailurePlace{experiment})};
    }
    if (session)
        session->context().emit(finished);
    else
        sinks.event(RunEvent{Position{}, finished});
    return finished;
}

} // namespace ahascope::pipeline
