// A test's own code in a process of its own, to be killed or to give up its rights there.
#pragma once

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace ahascope::test {

// The child's side of the pipe to the parent.
class Acknowledge {
public:
    explicit Acknowledge(int descriptor) : m_descriptor(descriptor) { }
    void operator()(std::int64_t number) const
    {
        if (::write(m_descriptor, &number, sizeof number) != sizeof number)
            ::_exit(99); // the parent is gone
    }

private:
    int m_descriptor;
};

class ChildProcess {
public:
    // Runs body(Acknowledge) -> exit code, 97 for an exception. The parent must have no other threads.
    template <class Body>
    explicit ChildProcess(const Body& body)
    {
        int ends[2];
        if (::pipe(ends) != 0)
            throw std::runtime_error("no pipe");
        m_pid = ::fork();
        if (m_pid < 0)
            throw std::runtime_error("no process");
        if (m_pid == 0) {
            ::close(ends[0]);
            int code = 98;
            try {
                code = body(Acknowledge(ends[1]));
            } catch (const std::exception& error) {
                std::fprintf(stderr, "in the child process: %s\n", error.what());
                code = 97;
            }
            ::_exit(code);
        }
        ::close(ends[1]);
        m_fromChild = ends[0];
    }
    ~ChildProcess()
    {
        kill();
        ::close(m_fromChild);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const { return m_pid; }

    // The next acknowledged number; false when the child has ended.
    bool next(std::int64_t& number)
    {
        return ::read(m_fromChild, &number, sizeof number) == static_cast<ssize_t>(sizeof number);
    }
    // SIGKILL, and waits until it is gone.
    void kill()
    {
        if (m_pid <= 0)
            return;
        ::kill(m_pid, SIGKILL);
        wait();
    }
    // Exit code; -1 when a signal ended it.
    int wait()
    {
        int status = 0;
        ::waitpid(std::exchange(m_pid, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t m_pid = -1;
    int m_fromChild = -1;
};

} // namespace ahascope::test
