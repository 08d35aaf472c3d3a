// Functions that can stop in the middle and go on later, all in one thread of the system.
#pragma once

#include <functional>
#include <memory>

namespace emulation {

class Fibers {
public:
    Fibers();
    ~Fibers();
    Fibers(const Fibers&) = delete;
    Fibers& operator=(const Fibers&) = delete;

    // `count` fibers that will call body(index); those of the last start must have ended.
    void start(unsigned count, std::function<void(unsigned)> body);
    void resume(unsigned index); // until it pauses or ends
    void pause();                // of the fiber that runs

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace emulation
