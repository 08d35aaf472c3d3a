#include "core/pipeline/run_control.h"

#include <chrono>

namespace ahascope::pipeline {

void RunControl::requestStop(StopRequest request)
{
    int wanted = static_cast<int>(request);
    int current = m_stop.load(std::memory_order_acquire);
    while (current < wanted && !m_stop.compare_exchange_weak(current, wanted, std::memory_order_acq_rel)) { }
    m_changed.notify_all();
}

void RunControl::requestPause()
{
    m_pause.store(true, std::memory_order_release);
}

void RunControl::requestContinue()
{
    m_pause.store(false, std::memory_order_release);
    m_changed.notify_all();
}

void RunControl::requestCheckpoint()
{
    m_checkpoint.store(true, std::memory_order_release);
}

void RunControl::interrupt() noexcept
{
    int none = static_cast<int>(StopRequest::None);
    if (!m_stop.compare_exchange_strong(
            none, static_cast<int>(StopRequest::AfterCheckpoint), std::memory_order_acq_rel))
        m_stop.store(static_cast<int>(StopRequest::AtOnce), std::memory_order_release);
}

void RunControl::waitWhilePaused()
{
    // A signal handler may not notify, so the wait also looks by itself.
    std::unique_lock lock(m_mutex);
    while (pauseRequested() && stopRequest() == StopRequest::None)
        m_changed.wait_for(lock, std::chrono::milliseconds(100));
}

} // namespace ahascope::pipeline
