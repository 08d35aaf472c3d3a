#include "app/cli/detachment.h"

#include <cerrno>
#include <csignal>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cli/command.h"

namespace ahascope::cli {

namespace {

void check(int result)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), "the run cannot be detached");
}

std::string readAll(int pipe)
{
    std::string text;
    char buffer[32];
    ssize_t count = 0;
    while ((count = ::read(pipe, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))
        text.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

// How a process ended that never said a number.
int exitCodeOf(pid_t child)
{
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    return WIFEXITED(status) ? WEXITSTATUS(status) : Failed;
}

[[noreturn]] void waitForWord(pid_t child, int pipe)
{
    const std::string number = readAll(pipe);
    if (number.empty())
        throw Exit{exitCodeOf(child)};
    std::cout << number << std::endl;
    throw Exit{Done};
}

} // namespace

Detachment::Detachment()
{
    int ends[2];
    check(::pipe2(ends, O_CLOEXEC));
    const pid_t child = ::fork();
    check(child);
    if (child != 0) {
        ::close(ends[1]);
        waitForWord(child, ends[0]);
    }
    ::close(ends[0]);
    m_word = ends[1];
    check(::setsid());
    std::signal(SIGHUP, SIG_IGN);
}

Detachment::~Detachment()
{
    if (m_word >= 0)
        ::close(m_word);
}

void Detachment::started(std::int64_t run)
{
    if (m_word < 0)
        return;
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(nowhere, stream);
    ::close(nowhere);
    const std::string number = std::to_string(run);
    static_cast<void>(::write(m_word, number.data(), number.size())); // whoever waited may be gone
    ::close(std::exchange(m_word, -1));
}

} // namespace ahascope::cli
