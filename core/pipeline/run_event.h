// What a run tells the world: immutable values, handed to every listener (store, event stream, progress bar, window).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/problem.h"

namespace ahascope::pipeline {

// name -> value, in the order they were added. Names are those of the interface ("rewards/accuracy/mean"). A value that
// could not be had is left out, never written as 0.
using Metrics = std::vector<std::pair<std::string, double>>;

enum class RuleStatus { Graded, NotApplicable, Ungraded, Error };

// What one rule said of one completion.
struct RuleScore {
    std::string rule;            // its name in the recipe
    std::optional<double> score; // none unless graded
    double weight = 1.0;
    RuleStatus status = RuleStatus::Graded;
    std::string reason;
};

enum class FinishReason { Stop, Length };

// One completion, of a rollout or of an evaluation, with everything that was known of it.
struct Sample {
    std::int64_t row = 0;      // of the dataset
    std::uint64_t problem = 0; // stable id of the problem: equal problems have equal ids in every run
    std::int32_t group = 0;    // in this rollout
    std::int32_t index = 0;    // in its group
    std::string question;
    std::string answer;  // gold
    std::string columns; // the row's other columns, a JSON object
    std::string prompt;  // as the model saw it
    std::string completion;
    std::vector<std::int32_t> promptIds; // empty for all but the first of a group
    std::vector<std::int32_t> ids;       // of the completion
    std::vector<float> logProbs;         // of each token when it was drawn
    std::vector<float> entropies;        // nats
    std::uint64_t key = 0;               // of its randomness
    FinishReason finish = FinishReason::Stop;
    std::vector<RuleScore> scores;
    std::optional<double> reward; // weighted sum; none when a rule could not grade it
    double advantage = 0.0;
    bool correct = false; // strict
    bool correctLenient = false;
    bool wellFormed = false; // the format rule
    std::string extracted;   // the answer as it was read
    std::string vote;        // what a majority vote counts it by; empty: no answer
    bool emptyThink = false; // a think block with nothing in it
    bool ungraded = false;   // some rule could not do its work
    bool rescued = false;    // first candidate answer wrong, last one right
    std::int32_t reflections = 0;
    bool mixed = false;       // the chain of thought mixes languages, as language/mixing counts it
    double mixing = 0.0;      // share of its words that are in a second language
    double targetRatio = 1.0; // share of its words that are in the target language
    double repetition = 0.0;
};

using Samples = std::shared_ptr<const std::vector<Sample>>;

// Where a run is. `stage` is the index; `step` counts optimizer updates of the stage, `globalStep` of the run.
struct Position {
    std::int32_t stage = 0;
    std::string stageName;
    std::int64_t step = 0;
    std::int64_t globalStep = 0;
    double seconds = 0.0; // since the run started, pauses and earlier attempts included
};

struct RunStarted {
    std::string device;
    std::int64_t resumedFrom = -1; // global step of the checkpoint, -1 = a fresh start
};
struct StageStarted {
    std::int64_t steps = 0;
};
struct StepFinished {
    Metrics metrics;
    Samples samples; // of the rollout that began with this step; null when the step used an older rollout
};
struct EvaluationFinished {
    std::string set; // name of the held-out set
    Metrics metrics; // names begin with eval/
    Samples samples;
};
struct CheckpointSaved {
    std::string path; // relative to the run's folder
    std::uint64_t bytes = 0;
    std::string manifestHash;
    bool final = false; // the last of its stage
};
struct Notice {
    enum class Level { Info, Warning } level = Level::Info;
    std::string text;
};
struct StageFinished { };
struct RunPaused { };
struct RunContinued { };

enum class Outcome { Finished, Stopped, Failed };
struct RunFinished {
    Outcome outcome = Outcome::Finished;
    std::optional<Failure> failure;
};

struct RunEvent {
    Position at;
    std::variant<RunStarted, StageStarted, StepFinished, EvaluationFinished, CheckpointSaved, Notice, StageFinished,
        RunPaused, RunContinued, RunFinished>
        what;
};

// Called on the run's thread, in order. A sink that throws ends the run with a Failure.
using EventSink = std::function<void(const RunEvent&)>;

// The value of a metric, if it is there.
std::optional<double> find(const Metrics& metrics, std::string_view name);

} // namespace ahascope::pipeline
