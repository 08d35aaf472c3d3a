// How a running run is told what to do, from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace ahascope::pipeline {

enum class StopRequest {
    None,
    AfterCheckpoint, // save, then end
    AtOnce           // end with what is saved already
};

// The only object of a run that is touched by its own thread and by others. Requests are looked at between decode
// chunks and micro-batches, so they are answered within a fraction of a second.
class RunControl {
public:
    // ---- Any thread. A second stop may only be more urgent than the first.
    void requestStop(StopRequest request = StopRequest::AfterCheckpoint);
    void requestPause();
    void requestContinue();
    void requestCheckpoint();

    // Safe in a signal handler: the first call asks for AfterCheckpoint, a second for AtOnce.
    void interrupt() noexcept;

    // ---- The run's thread
    StopRequest stopRequest() const { return static_cast<StopRequest>(m_stop.load(std::memory_order_acquire)); }
    bool pauseRequested() const { return m_pause.load(std::memory_order_acquire); }
    bool takeCheckpointRequest() { return m_checkpoint.exchange(false, std::memory_order_acq_rel); }
    // Returns when the pause is over or a stop was asked for.
    void waitWhilePaused();

private:
    std::atomic<int> m_stop{0};
    std::atomic<bool> m_pause{false};
    std::atomic<bool> m_checkpoint{false};
    std::mutex m_mutex;
    std::condition_variable m_changed;
};

} // namespace ahascope::pipeline
