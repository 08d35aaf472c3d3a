#include "core/pipeline/control_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/problem.h"

namespace ahascope::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr const char* socketFile = "control";
constexpr std::size_t longestLine = 32;
constexpr timeval patience{.tv_sec = 2, .tv_usec = 0}; // with the other end

// Closes what it holds.
class Descriptor {
public:
    explicit Descriptor(int descriptor) : m_descriptor(descriptor)
    {
        if (m_descriptor < 0)
            throw std::system_error(errno, std::generic_category());
    }
    ~Descriptor() { ::close(m_descriptor); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

void check(int result)
{
    if (result != 0)
        throw std::system_error(errno, std::generic_category());
}

Descriptor openFolder(const fs::path& folder)
{
    return Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// By way of the folder's descriptor: the address has room for 107 bytes, and paths are often longer.
sockaddr_un addressIn(const Descriptor& folder)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + socketFile;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

Descriptor makeSocket()
{
    return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void limitWaiting(int socket)
{
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

// Up to the end of a line; what is too long or late is no line.
std::string readLine(int socket)
{
    std::string line;
    char next = 0;
    while (line.size() < longestLine && ::recv(socket, &next, 1, 0) == 1 && next != '\n')
        line += next;
    return next == '\n' ? line : "";
}

void writeLine(int socket, std::string line)
{
    line += '\n';
    static_cast<void>(::send(socket, line.data(), line.size(), MSG_NOSIGNAL)); // whoever went away needs no answer
}

} // namespace

const std::vector<NamedRequest>& controlRequests()
{
    static const std::vector<NamedRequest> requests{{"pause", ControlRequest::Pause},
        {"continue", ControlRequest::Continue}, {"checkpoint", ControlRequest::Checkpoint},
        {"stop", ControlRequest::Stop}, {"stop-now", ControlRequest::StopNow}};
    return requests;
}

std::optional<ControlRequest> requestNamed(std::string_view name)
{
    const auto found = std::ranges::find(controlRequests(), name, &NamedRequest::name);
    return found != controlRequests().end() ? std::optional(found->request) : std::nullopt;
}

std::string_view nameOf(ControlRequest request)
{
    return std::ranges::find(controlRequests(), request, &NamedRequest::request)->name;
}

void apply(ControlRequest request, RunControl& control)
{
    switch (request) {
    case ControlRequest::Pause:
        return control.requestPause();
    case ControlRequest::Continue:
        return control.requestContinue();
    case ControlRequest::Checkpoint:
        return control.requestCheckpoint();
    case ControlRequest::Stop:
        return control.requestStop(StopRequest::AfterCheckpoint);
    case ControlRequest::StopNow:
        return control.requestStop(StopRequest::AtOnce);
    }
}

ControlSocket::ControlSocket(const fs::path& runFolder, RunControl& control) : m_folder(runFolder), m_control(control)
{
    try {
        listen();
        m_thread = std::thread([this] { serve(); });
    } catch (const std::system_error& error) {
        close();
        m_problem = (runFolder / socketFile).string() + ": no socket can be made here (" + error.code().message()
            + "), so that this run can be steered by its own program alone";
    }
}

void ControlSocket::listen()
{
    const Descriptor folder = openFolder(m_folder);
    const sockaddr_un address = addressIn(folder);
    if (::unlink(address.sun_path) != 0 && errno != ENOENT)
        throw std::system_error(errno, std::generic_category());
    m_socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    m_end = ::eventfd(0, EFD_CLOEXEC);
    check(m_socket < 0 || m_end < 0 ? -1 : 0);
    check(::fchmod(m_socket, S_IRUSR | S_IWUSR)); // before it has a name
    check(::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    check(::listen(m_socket, 8));
}

ControlSocket::~ControlSocket()
{
    if (m_thread.joinable()) {
        const std::uint64_t one = 1;
        static_cast<void>(::write(m_end, &one, sizeof one));
        m_thread.join();
        std::error_code ignored;
        fs::remove(m_folder / socketFile, ignored);
    }
    close();
}

void ControlSocket::close()
{
    for (int* descriptor : {&m_socket, &m_end})
        if (*descriptor >= 0)
            ::close(std::exchange(*descriptor, -1));
}

void ControlSocket::serve()
{
    while (true) {
        pollfd waiting[] = {{m_socket, POLLIN, 0}, {m_end, POLLIN, 0}};
        if (::poll(waiting, 2, -1) < 0 && errno != EINTR)
            return;
        if (waiting[1].revents != 0)
            return;
        const int connection = ::accept4(m_socket, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) {
            answer(connection);
            ::close(connection);
        }
    }
}

void ControlSocket::answer(int connection)
{
    limitWaiting(connection);
    const std::optional<ControlRequest> request = requestNamed(readLine(connection));
    if (request)
        apply(*request, m_control);
    writeLine(connection, request ? "ok" : "?");
}

void sendRequest(const fs::path& runFolder, ControlRequest request)
{
    try {
        const Descriptor folder = openFolder(runFolder);
        const Descriptor socket = makeSocket();
        limitWaiting(socket.get());
        const sockaddr_un address = addressIn(folder);
        check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
        writeLine(socket.get(), std::string(nameOf(request)));
        if (readLine(socket.get()) == "ok")
            return;
    } catch (const std::system_error&) {
    }
    throw InputError({runFolder.string(), "no program that runs it listens", "it may have ended; look at its state"});
}

} // namespace ahascope::pipeline
