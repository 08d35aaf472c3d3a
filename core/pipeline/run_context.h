// What the stages of one run share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/experiment.h"
#include "core/pipeline/checkpoint.h"
#include "core/pipeline/policy_model.h"
#include "core/pipeline/problem_source.h"
#include "core/pipeline/run_clock.h"
#include "core/pipeline/run_control.h"
#include "core/pipeline/run_event.h"
#include "core/pipeline/sampling.h"
#include "core/pipeline/scoring.h"
#include "core/text/prompt_template.h"
#include "core/train/training_core.h"
#include "kernels/backend.h"

namespace ahascope::pipeline {

// How a stage ended.
enum class StageEnd { Done, Stopped };

// Where a run tells what it does.
struct RunSinks {
    EventSink event;
    // A checkpoint (path relative to the run's folder) is about to be deleted; returns when nobody counts on it any
    // more.
    std::function<void(const std::string& path)> checkpointRetired;
};

class RunContext {
public:
    RunContext(const config::Experiment& experiment, kernels::Backend& backend, RunControl& control, RunSinks sinks);

    const config::Experiment& experiment;
    kernels::Backend& backend;
    RunControl& control;
    text::PromptTemplate prompt;
    Scorer scorer;
    PolicyModel policy;
    Progress progress;

    // Position of the run now, as events carry it.
    Position position() const;
    void emit(decltype(RunEvent::what) what) const;
    void retireCheckpoint(const std::string& path) const;
    // Of the stage's weights in BF16.
    std::uint64_t roundingSeed() const;
    void warn(const std::string& text) const { emit(Notice{Notice::Level::Warning, text}); }
    // Rows of a micro-batch: what the stage asks for, or less where the device has had too little memory for it. The
    // listener tells of that, and the run keeps to it.
    std::int64_t microBatchTokens(const config::Optimization& optimization) const;
    train::BudgetListener microBatchListener();
    // Sequences that are sampled at once, likewise.
    SamplingRoom samplingRoom();
    double seconds() const { return m_clock.seconds(); }
    void startClock(double secondsBefore) { m_clock = RunClock(secondsBefore); }

    // Between two rollouts, where a checkpoint can be taken: waits while paused, serves a request for a checkpoint.
    // True: go on; false: a stop was asked for (and saved, if that was asked for too).
    bool goOn(const std::function<void()>& saveCheckpoint);
    // To be asked between chunks and micro-batches: someone wants to stop or pause.
    bool interrupted() const;
    // Counts an update whose loss or gradient was not finite; pauses the run after 3 in 10.
    void countUpdate(bool applied);

private:
    RunSinks m_sinks;
    RunClock m_clock;
    std::int64_t m_slots = 0; // that the device had memory for; 0 = any number
};

} // namespace ahascope::pipeline
