#include "core/store/lease.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/store/store_error.h"

namespace ahascope::store {

namespace {

namespace fs = std::filesystem;

std::string contentsOf(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::string text;
    std::array<char, 4096> buffer; // everything read here is shorter
    in.read(buffer.data(), buffer.size());
    text.assign(buffer.data(), static_cast<std::size_t>(in.gcount()));
    return text;
}

std::string bootId()
{
    std::string id = contentsOf("/proc/sys/kernel/random/boot_id");
    while (!id.empty() && id.back() == '\n')
        id.pop_back();
    return id;
}

// Field 22 of /proc/<pid>/stat. The second field, in parentheses, may hold anything, so counting begins after its end.
std::optional<std::uint64_t> startTicks(std::int64_t pid)
{
    const std::string text = contentsOf("/proc/" + std::to_string(pid) + "/stat");
    std::size_t at = text.rfind(')');
    if (at == std::string::npos)
        return std::nullopt;
    for (int field = 2; field < 22 && at != std::string::npos; ++field)
        at = text.find(' ', at + 1);
    if (at == std::string::npos)
        return std::nullopt;
    std::uint64_t ticks = 0;
    auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + text.size(), ticks);
    return error == std::errc() ? std::optional(ticks) : std::nullopt;
}

std::string toText(const ProcessIdentity& process)
{
    return "pid " + std::to_string(process.pid) + "\nboot " + process.bootId + "\nstart "
        + std::to_string(process.startTicks) + "\n";
}

// None when the text is not one that toText() made: nobody, or a file of somebody else's.
std::optional<ProcessIdentity> fromText(const std::string& text)
{
    ProcessIdentity process;
    auto number = [&](const char* key, auto& value) {
        std::size_t at = text.find(key);
        if (at == std::string::npos)
            return false;
        const char* begin = text.data() + at + std::strlen(key);
        return std::from_chars(begin, text.data() + text.size(), value).ec == std::errc();
    };
    std::size_t boot = text.find("\nboot ");
    std::size_t bootEnd = boot == std::string::npos ? boot : text.find('\n', boot + 6);
    if (!number("pid ", process.pid) || !number("\nstart ", process.startTicks) || bootEnd == std::string::npos)
        return std::nullopt;
    process.bootId = text.substr(boot + 6, bootEnd - boot - 6);
    return process;
}

struct flock wholeFile(short type)
{
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

[[noreturn]] void refuse(const fs::path& folder, const std::optional<ProcessIdentity>& holder)
{
    std::string who = holder && holder->pid > 0 ? "process " + std::to_string(holder->pid) : "another program";
    throw StoreError(StoreError::Kind::InUse, folder, "this run is being written by " + who,
        "stop it there, or wait until it has ended");
}

int openLockFile(const fs::path& folder)
{
    const fs::path file = folder / "lease";
    int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor >= 0)
        return descriptor;
    int error = errno;
    if (error == ENOENT)
        throw StoreError(StoreError::Kind::Missing, folder, "the run's folder is not there", "was it moved?");
    if (error == EACCES || error == EPERM || error == EROFS)
        throw StoreError(StoreError::Kind::ReadOnly, file, "the run's folder cannot be written",
            "copy the run to a store that is yours");
    auto kind = error == ENOSPC || error == EDQUOT ? StoreError::Kind::DiskFull : StoreError::Kind::Other;
    throw StoreError(kind, file, std::string("the lease cannot be taken: ") + std::strerror(error));
}

} // namespace

ProcessIdentity currentProcess()
{
    std::int64_t pid = ::getpid();
    return {pid, bootId(), startTicks(pid).value_or(0)};
}

bool isAlive(const ProcessIdentity& process)
{
    return process.pid > 0 && process.bootId == bootId() && startTicks(process.pid) == process.startTicks;
}

Lease::Lease(fs::path runFolder) : m_folder(std::move(runFolder))
{
    m_descriptor = openLockFile(m_folder);
    // A lock of the open file, not of the process: two leases in one process exclude each other as well.
    struct flock lock = wholeFile(F_WRLCK);
    bool locked = ::fcntl(m_descriptor, F_OFD_SETLK, &lock) == 0;
    std::optional<ProcessIdentity> holder = fromText(contentsOf(m_folder / "lease"));
    // A name is wiped when the lease is given back. So a living one under a free lock means that locks do not hold
    // here.
    bool locksDoNotHold = locked && holder && isAlive(*holder);
    if (!locked || locksDoNotHold) {
        ::close(m_descriptor);
        refuse(m_folder, holder);
    }
    const std::string text = toText(currentProcess());
    bool written = ::ftruncate(m_descriptor, 0) == 0
        && ::pwrite(m_descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    if (!written) {
        int error = errno;
        ::close(m_descriptor);
        throw StoreError(StoreError::Kind::DiskFull, m_folder / "lease",
            std::string("the lease cannot be written: ") + std::strerror(error), "make space on the disk");
    }
}

Lease::~Lease()
{
    release();
}

Lease::Lease(Lease&& other) noexcept
    : m_folder(std::move(other.m_folder))
    , m_descriptor(std::exchange(other.m_descriptor, -1))
{
}

Lease& Lease::operator=(Lease&& other) noexcept
{
    release();
    m_folder = std::move(other.m_folder);
    m_descriptor = std::exchange(other.m_descriptor, -1);
    return *this;
}

void Lease::release() noexcept
{
    if (m_descriptor < 0)
        return;
    // Wiped before the lock goes: the next holder must not read our name.
    [[maybe_unused]] int ignored = ::ftruncate(m_descriptor, 0);
    ::close(m_descriptor);
    m_descriptor = -1;
}

std::optional<ProcessIdentity> leaseHolder(const fs::path& runFolder)
{
    const fs::path file = runFolder / "lease";
    int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return std::nullopt;
    struct flock lock = wholeFile(F_RDLCK); // asks who would stand in the way; takes nothing
    bool asked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
    ::close(descriptor);
    std::optional<ProcessIdentity> holder = fromText(contentsOf(file));
    if (asked && lock.l_type != F_UNLCK)
        return holder ? holder : ProcessIdentity{};
    return holder && isAlive(*holder) ? holder : std::nullopt;
}

} // namespace ahascope::store
