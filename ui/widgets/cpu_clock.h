// Time that this thread itself has computed, whatever else ran on the machine.
#pragma once

#include <ctime>

namespace ahascope::ui {

class CpuClock {
public:
    CpuClock() { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &m_start); }
    double milliseconds() const
    {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec - m_start.tv_sec) * 1e3
            + static_cast<double>(now.tv_nsec - m_start.tv_nsec) * 1e-6;
    }

private:
    timespec m_start{};
};

} // namespace ahascope::ui
