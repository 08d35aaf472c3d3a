// Where a run's thread leaves what happened, for the window to fetch when it has time.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/run_event.h"

namespace ahascope::ui {

enum class RunState { Idle, Starting, Running, Pausing, Paused, Stopping, Finished, Stopped, Failed };

// Everything since the last fetch, in as few values as the window needs. Curves and samples are not here: they are read
// from the store, up to `dataUpTo`.
struct RunNews {
    bool started = false;
    std::string device;
    std::int64_t resumedFrom = -1;
    pipeline::Position at; // of the newest event
    std::int64_t stageSteps = 0;
    std::int64_t dataUpTo = -1;   // newest global step that was handed to the store; -1: none yet
    bool stepped = false;         // `metrics` are new
    pipeline::Metrics metrics;    // of the newest step
    int evaluations = 0;          // new ones
    pipeline::Metrics evaluation; // newest
    bool paused = false;
    int checkpoints = 0; // new ones
    std::vector<std::pair<pipeline::Position, pipeline::Notice>> notices;
    std::uint64_t noticesLeftOut = 0; // beyond what is kept between two fetches
    std::optional<pipeline::RunFinished> finished;
};

// post() on any thread, take() on the window's. `wake` is called once for each time that news come to an
// empty box, by the thread that posts and with the box locked: it may only leave word.
class RunMailbox {
public:
    explicit RunMailbox(std::function<void()> wake);

    void post(const pipeline::RunEvent& event);
    // Nobody will look any more: nothing is woken after this returns.
    void close();
    // The news since the last call; position, stage and state stay as they are known.
    RunNews take();
    // Forgets all that is known: another run begins.
    void clear();

private:
    static constexpr std::size_t mostNotices = 500;

    std::mutex m_mutex;
    RunNews m_news;
    bool m_waiting = false;
    std::function<void()> m_wake;
};

} // namespace ahascope::ui
