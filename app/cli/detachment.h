// A program that goes on without its terminal.
#pragma once

#include <cstdint>

namespace ahascope::cli {

// Forks. The constructor returns in the new process alone, which has a session of its own; the one before waits until
// it hears that the run has started, says its number on standard output and ends, or ends as the new one does.
class Detachment {
public:
    // To be called before there is another thread. Throws std::system_error.
    Detachment();
    ~Detachment();
    Detachment(const Detachment&) = delete;
    Detachment& operator=(const Detachment&) = delete;

    // From now on nobody listens to the standard streams. Only the first call counts.
    void started(std::int64_t run);

private:
    int m_word = -1; // the end of a pipe that the number goes into
};

} // namespace ahascope::cli
