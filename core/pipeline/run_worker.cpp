#include "core/pipeline/run_worker.h"

#include <thread>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/log.h"
#include "core/pipeline/run_recorder.h"

namespace ahascope::pipeline {

struct RunWorker::State {
    RunControl control;
    std::atomic<std::int64_t> number{0};
    std::atomic<bool> running{true};
    std::thread thread;
};

namespace {

// On Linux a nice value belongs to the thread. The window keeps the higher priority.
void lowerPriority()
{
    auto thread = static_cast<id_t>(syscall(SYS_gettid));
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + 1);
}

} // namespace

RunWorker::RunWorker(RunStart start, RunOptions options) : m_state(std::make_shared<State>())
{
    m_state->thread = std::thread([state = m_state.get(), start = std::move(start), options = std::move(options)] {
        lowerPriority();
        try {
            recordRun(start, options, state->control, [state](std::int64_t number) { state->number = number; });
        } catch (const std::exception& error) {
            // There was no run to write this into.
            Failure failure{error.what(), ""};
            log::error(failure.summary);
            if (options.listener)
                options.listener({Position(), RunFinished{Outcome::Failed, failure}});
        }
        state->running = false;
    });
}

RunWorker::~RunWorker()
{
    m_state->control.requestStop(StopRequest::AfterCheckpoint);
    if (m_state->thread.joinable())
        m_state->thread.join();
}

RunControl& RunWorker::control()
{
    return m_state->control;
}
bool RunWorker::running() const
{
    return m_state->running;
}
std::int64_t RunWorker::number() const
{
    return m_state->number;
}

RunFinished performRun(const RunStart& start, const RunOptions& options, RunControl& control, std::int64_t* number)
{
    return recordRun(start, options, control, [number](std::int64_t given) {
        if (number)
            *number = given;
    });
}

} // namespace ahascope::pipeline
