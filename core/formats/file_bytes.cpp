#include "core/formats/file_bytes.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/problem.h"

namespace ahascope::formats {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& message, const std::string& remedy = "")
{
    throw InputError(Problem{path.string(), message, remedy});
}

// Closes itself; `size` is that of fstat.
struct OpenFile {
    int descriptor = -1;
    std::uint64_t size = 0;

    explicit OpenFile(const std::filesystem::path& path)
    {
        // O_NONBLOCK: opening a named pipe must not hang; it has no meaning for regular files.
        descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0)
            refuse(path, "cannot be opened: " + std::generic_category().message(errno), "check the path");
        struct stat status { };
        if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
            ::close(descriptor);
            refuse(path, "is not a regular file", "give the path of a file");
        }
        size = static_cast<std::uint64_t>(status.st_size);
    }
    ~OpenFile() { ::close(descriptor); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
};

} // namespace

std::string readFile(const std::filesystem::path& path, std::uint64_t maxBytes)
{
    const OpenFile file(path);
    if (file.size > maxBytes)
        refuse(path, "has " + std::to_string(file.size) + " bytes; at most " + std::to_string(maxBytes) + " are read");
    std::string contents(file.size, '\0');
    std::size_t filled = 0;
    while (filled < contents.size()) {
        const ssize_t got = ::read(file.descriptor, contents.data() + filled, contents.size() - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            refuse(path, "cannot be read: " + std::generic_category().message(errno));
        if (got == 0)
            break; // shortened since fstat
        filled += static_cast<std::size_t>(got);
    }
    contents.resize(filled);
    return contents;
}

std::filesystem::path fileInFolder(const std::filesystem::path& folder, const std::string& name)
{
    std::filesystem::path path = folder / name;
    std::error_code error;
    const std::filesystem::path inside = std::filesystem::weakly_canonical(folder, error);
    const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
    if (error)
        refuse(path, "cannot be found: " + error.message());
    const auto holds = [&](const std::filesystem::path& parent) {
        return std::mismatch(parent.begin(), parent.end(), target.begin(), target.end()).first == parent.end();
    };
    const bool isSnapshot = inside.parent_path().filename() == "snapshots";
    if (!holds(inside) && !(isSnapshot && holds(inside.parent_path().parent_path() / "blobs")))
        refuse(path, "is a link that leads out of its folder, to " + target.string(), "copy the file into the folder");
    return path;
}

MappedFile::MappedFile(const std::filesystem::path& path)
{
    const OpenFile file(path);
    if (file.size == 0)
        return; // an empty range cannot be mapped; bytes() is empty
    void* data = ::mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0);
    if (data == MAP_FAILED)
        refuse(path, "cannot be mapped: " + std::generic_category().message(errno));
    m_data = static_cast<const std::byte*>(data);
    m_size = file.size;
}

MappedFile::~MappedFile()
{
    if (m_data != nullptr)
        ::munmap(const_cast<std::byte*>(m_data), m_size);
}

void MappedFile::release(std::span<const std::byte> part) const
{
    // Whole pages; the first may hold the end of what is still read, which then costs one more fault.
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(part.data()) / page * page;
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(part.data() + part.size()) / page * page;
    if (begin < end)
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr))
    , m_size(std::exchange(other.m_size, 0))
{
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept
{
    std::swap(m_data, other.m_data);
    std::swap(m_size, other.m_size);
    return *this;
}

} // namespace ahascope::formats
