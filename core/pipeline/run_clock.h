// Time spent on a run: pauses and the time between attempts do not count.
#pragma once

#include <chrono>

namespace ahascope::pipeline {

class RunClock {
public:
    explicit RunClock(double secondsBefore = 0) : m_before(secondsBefore) { }

    double seconds() const
    {
        return m_paused ? m_before : m_before + std::chrono::duration<double>(Clock::now() - m_start).count();
    }
    void pause()
    {
        m_before = seconds();
        m_paused = true;
    }
    void proceed()
    {
        m_start = Clock::now();
        m_paused = false;
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point m_start = Clock::now();
    double m_before = 0;
    bool m_paused = false;
};

// Seconds since it was made or last asked.
class Lap {
public:
    double next()
    {
        auto now = std::chrono::steady_clock::now();
        double seconds = std::chrono::duration<double>(now - m_last).count();
        m_last = now;
        return seconds;
    }

private:
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

} // namespace ahascope::pipeline
