#include "core/pipeline/run_context.h"

#include <algorithm>
#include <bit>

#include "core/reward/recipe.h"
#include "core/rollout/sequence_key.h"

namespace ahascope::pipeline {

namespace {

constexpr std::uint32_t lastTenUpdates = (1u << 10) - 1;

} // namespace

RunContext::RunContext(
    const config::Experiment& theExperiment, kernels::Backend& theBackend, RunControl& theControl, RunSinks sinks)
    : experiment(theExperiment)
    , backend(theBackend)
    , control(theControl)
    , prompt(templateOf(theExperiment))
    , scorer(theExperiment, prompt)
    , m_sinks(std::move(sinks))
{
}

Position RunContext::position() const
{
    const auto& stages = experiment.stages;
    auto stage = static_cast<std::size_t>(progress.stage);
    return {
        progress.stage, stage < stages.size() ? stages[stage].name : "", progress.step, progress.globalStep, seconds()};
}

std::uint64_t RunContext::roundingSeed() const
{
    return rollout::sequenceKey({.seed = static_cast<std::uint64_t>(experiment.seed),
        .stage = static_cast<std::uint64_t>(progress.stage),
        .purpose = rollout::Purpose::Rounding});
}

std::int64_t RunContext::microBatchTokens(const config::Optimization& optimization) const
{
    const std::int64_t kept = progress.microBatchTokens;
    return kept > 0 ? std::min(kept, optimization.microBatchTokens) : optimization.microBatchTokens;
}

train::BudgetListener RunContext::microBatchListener()
{
    return [this](std::int64_t before, std::int64_t now, const std::string& reason) {
        progress.microBatchTokens = now;
        warn("the device has too little memory (" + reason + "): a micro-batch holds " + std::to_string(now)
            + " tokens instead of " + std::to_string(before) + " from now on; the mathematics are the same");
    };
}

SamplingRoom RunContext::samplingRoom()
{
    return {m_slots, [this](std::int64_t before, std::int64_t now, const std::string& reason) {
                m_slots = now;
                warn("the device has too little memory (" + reason + "): " + std::to_string(now)
                    + " sequences are sampled at once instead of " + std::to_string(before)
                    + " from now on; the completions are the same");
            }};
}

void RunContext::emit(decltype(RunEvent::what) what) const
{
    m_sinks.event({position(), std::move(what)});
}

void RunContext::retireCheckpoint(const std::string& path) const
{
    if (m_sinks.checkpointRetired)
        m_sinks.checkpointRetired(path);
}

bool RunContext::interrupted() const
{
    return control.stopRequest() != StopRequest::None || control.pauseRequested();
}

bool RunContext::goOn(const std::function<void()>& saveCheckpoint)
{
    if (control.pauseRequested() && control.stopRequest() == StopRequest::None) {
        m_clock.pause();
        emit(RunPaused{});
        control.waitWhilePaused();
        m_clock.proceed();
        if (control.stopRequest() == StopRequest::None)
            emit(RunContinued{});
    }
    StopRequest stop = control.stopRequest();
    if (control.takeCheckpointRequest() || stop == StopRequest::AfterCheckpoint)
        saveCheckpoint();
    return stop == StopRequest::None;
}

void RunContext::countUpdate(bool applied)
{
    progress.recentNonFinite = ((progress.recentNonFinite << 1) | (applied ? 0u : 1u)) & lastTenUpdates;
    if (applied)
        return;
    ++progress.nonFiniteSteps;
    warn("step " + std::to_string(progress.step)
        + ": the loss or the gradient was not finite; the step was not applied and the weights are as before it");
    if (std::popcount(progress.recentNonFinite) >= 3) {
        control.requestPause();
        progress.recentNonFinite = 0;
        warn("3 of the last 10 steps were not finite, so the run is paused: lower the learning rate or the "
             "temperature, fork from "
             "an earlier checkpoint, or continue");
    }
}

} // namespace ahascope::pipeline
