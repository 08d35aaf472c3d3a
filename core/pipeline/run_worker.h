// A run in a thread of its own, stored as it goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "core/config/experiment.h"
#include "core/pipeline/run_control.h"
#include "core/pipeline/run_event.h"

namespace ahascope::pipeline {

struct RunOptions {
    std::filesystem::path store; // folder of the catalogue
    std::string device = "auto"; // "auto", "cpu", "cuda", "cuda:N"
    int threads = 0;             // of the CPU backend; 0 = one per core
    // Heard after the store has taken the event; on the run's thread.
    EventSink listener;
};

// What a run is started from. A fork goes on as a resumed run does, with the settings of its own experiment.
struct StartFresh {
    config::Experiment experiment;
};
struct StartResume {
    std::int64_t run = 0; // number in the catalogue; goes on from its last good checkpoint
};
struct StartFork {
    std::int64_t parent = 0;
    std::int64_t atStep = 0;       // global step of a checkpoint of the parent
    config::Experiment experiment; // the child's settings
};
using RunStart = std::variant<StartFresh, StartResume, StartFork>;

// Runs to the end on the calling thread: opens the run in the store (its number is reported through `number` as soon as
// it is known), writes every event, catches what goes wrong. Throws InputError for bad input before anything was made.
RunFinished performRun(
    const RunStart& start, const RunOptions& options, RunControl& control, std::int64_t* number = nullptr);

// The same on a worker thread one step below the caller in priority. The destructor asks for a stop after a checkpoint
// and joins.
class RunWorker {
public:
    RunWorker(RunStart start, RunOptions options);
    ~RunWorker();
    RunWorker(const RunWorker&) = delete;
    RunWorker& operator=(const RunWorker&) = delete;

    RunControl& control();
    bool running() const;
    std::int64_t number() const; // 0 until the store has given one

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace ahascope::pipeline
