// ahascope-cli as a process of its own: what it is given, what it says, how it ends.
#pragma once

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.h"

namespace ahascope::test {

struct Streams {
    int in = -1; // -1: /dev/null
    int out = -1;
    int err = -1;
    rlim_t largestFile = RLIM_INFINITY; // what a full disk looks like to the program
};

inline pid_t start(std::vector<std::string> arguments, const Streams& streams = {})
{
    arguments.insert(arguments.begin(), AHASCOPE_CLI);
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    const int nowhere = ::open("/dev/null", O_RDWR);
    const int given[] = {streams.in, streams.out, streams.err};
    for (int stream = 0; stream < 3; ++stream)
        ::dup2(given[stream] < 0 ? nowhere : given[stream], stream);
    if (streams.largestFile != RLIM_INFINITY) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{streams.largestFile, streams.largestFile};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

// The exit code, or 128 + the signal that ended it.
inline int waitFor(pid_t child)
{
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct Ran {
    int code = -1;
    std::string out;
    std::string err;
};

// Runs the program to its end. `out`: a file that standard output goes to instead of into the result.
inline Ran run(const std::vector<std::string>& arguments, const std::string& input = "",
    rlim_t largestFile = RLIM_INFINITY, const char* out = nullptr)
{
    const TemporaryFolder folder;
    const std::filesystem::path in = folder.path() / "in";
    const std::filesystem::path kept = folder.path() / "out";
    const std::filesystem::path err = folder.path() / "err";
    writeFile(in, input);
    Streams streams;
    streams.in = ::open(in.c_str(), O_RDONLY | O_CLOEXEC);
    streams.out = ::open(out ? out : kept.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    streams.err = ::open(err.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    streams.largestFile = largestFile;
    Ran ran;
    ran.code = waitFor(start(arguments, streams));
    for (int stream : {streams.in, streams.out, streams.err})
        ::close(stream);
    ran.out = out ? "" : contentsOf(kept);
    ran.err = contentsOf(err);
    return ran;
}

// The program with a pipe at both ends: write a line, read a line.
class Conversation {
public:
    explicit Conversation(const std::vector<std::string>& arguments)
    {
        int in[2];
        int out[2];
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        m_child = start(arguments, {.in = in[0], .out = out[1]});
        ::close(in[0]);
        ::close(out[1]);
        m_in = in[1];
        m_out = out[0];
    }
    ~Conversation()
    {
        closeInput();
        closeOutput();
        if (m_child > 0)
            end();
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    pid_t pid() const { return m_child; }
    void say(const std::string& line)
    {
        const std::string whole = line + '\n';
        if (::write(m_in, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
            throw std::runtime_error("the program does not listen");
    }
    // Without its end; empty when the program has ended.
    std::string hear()
    {
        std::string line;
        char letter = 0;
        while (::read(m_out, &letter, 1) == 1 && letter != '\n')
            line += letter;
        return line;
    }
    void closeInput() { closeOnce(m_in); }
    void closeOutput() { closeOnce(m_out); }
    int end() { return waitFor(std::exchange(m_child, -1)); }

private:
    static void closeOnce(int& descriptor)
    {
        if (descriptor >= 0)
            ::close(std::exchange(descriptor, -1));
    }

    pid_t m_child = -1;
    int m_in = -1;
    int m_out = -1;
};

using Snapshot = std::map<std::string, std::string>; // path -> contents

// Everything in a folder but the files that SQLite's readers make and take away beside a database.
inline Snapshot snapshot(const std::filesystem::path& folder)
{
    Snapshot all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (!entry.path().string().ends_with("-shm") && !entry.path().string().ends_with("-wal"))
            all[entry.path().string()] = entry.is_regular_file() ? contentsOf(entry.path()) : "";
    return all;
}

// The paths that one has and the other has not, or has with other contents.
inline std::vector<std::string> differences(const Snapshot& a, const Snapshot& b)
{
    std::vector<std::string> paths;
    for (const auto& [path, contents] : a)
        if (const auto found = b.find(path); found == b.end() || found->second != contents)
            paths.push_back(path);
    for (const auto& [path, contents] : b)
        if (!a.contains(path))
            paths.push_back(path);
    return paths;
}

} // namespace ahascope::test
