#include "core/formats/atomic_file.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace ahascope::formats {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& action)
{
    throw FileError(path, action, errno);
}

// How to mend what people can mend.
std::string remedyFor(int errorNumber)
{
    switch (errorNumber) {
    case ENOSPC:
    case EDQUOT:
        return " (make space there and try again)";
    case EACCES:
    case EPERM:
    case EROFS:
        return " (choose a place that is yours and can be written)";
    default:
        return "";
    }
}

fs::path parentOf(const fs::path& path)
{
    const fs::path parent = path.parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

// A trailing slash would make the last component empty.
fs::path withoutTrailingSlash(fs::path path)
{
    return path.has_filename() ? path : path.parent_path();
}

fs::path temporaryName(const fs::path& target, int attempt)
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    fs::path name = target;
    name += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(now) + "-" + std::to_string(attempt);
    return name;
}

void syncPath(const fs::path& path, int flags)
{
    const int descriptor = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        fail(path, "open for sync");
    const int result = ::fsync(descriptor);
    const int error = errno;
    ::close(descriptor);
    if (result != 0 && error != EINVAL) { // EINVAL: the file system has no fsync for folders
        errno = error;
        fail(path, "sync");
    }
}

void syncTree(const fs::path& folder)
{
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_directory())
            syncPath(entry.path(), O_DIRECTORY);
        else if (entry.is_regular_file() && !entry.is_symlink())
            syncPath(entry.path(), 0);
    }
    syncPath(folder, O_DIRECTORY);
}

// Puts `from` in the place of the existing folder `to`.
void replaceFolder(const fs::path& from, const fs::path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) {
        syncFolder(parentOf(to));
        std::error_code ignored;
        fs::remove_all(from, ignored); // now the old contents
        return;
    }
    if (errno != EINVAL && errno != ENOSYS)
        fail(to, "replace");
    const fs::path aside = temporaryName(to, 0);
    if (::rename(to.c_str(), aside.c_str()) != 0)
        fail(to, "move aside");
    if (::rename(from.c_str(), to.c_str()) != 0) {
        const int error = errno;
        [[maybe_unused]] const int restored = ::rename(aside.c_str(), to.c_str());
        errno = error;
        fail(to, "replace");
    }
    syncFolder(parentOf(to));
    std::error_code ignored;
    fs::remove_all(aside, ignored);
}

} // namespace

FileError::FileError(const fs::path& path, const std::string& action, int errorNumber)
    : std::runtime_error(path.string() + ": cannot " + action + ": " + std::generic_category().message(errorNumber)
        + remedyFor(errorNumber))
    , m_errorNumber(errorNumber)
{
}

AtomicFile::AtomicFile(fs::path target) : m_target(std::move(target))
{
    for (int attempt = 0; m_descriptor < 0; ++attempt) {
        m_temporary = temporaryName(m_target, attempt);
        m_descriptor = ::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (m_descriptor < 0 && (errno != EEXIST || attempt == 100))
            fail(m_target, "create a file here");
    }
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    if (!m_committed)
        ::unlink(m_temporary.c_str());
}

void AtomicFile::write(const void* data, std::size_t bytes)
{
    const char* at = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t written = ::write(m_descriptor, at, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            fail(m_target, "write");
        at += written;
        bytes -= static_cast<std::size_t>(written);
    }
}

void AtomicFile::commit()
{
    if (::fsync(m_descriptor) != 0)
        fail(m_target, "sync");
    const int descriptor = m_descriptor;
    m_descriptor = -1;
    if (::close(descriptor) != 0)
        fail(m_target, "close");
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        fail(m_target, "replace");
    m_committed = true;
    syncFolder(parentOf(m_target));
}

void writeFileAtomically(const fs::path& target, std::string_view contents)
{
    AtomicFile file(target);
    file.write(contents.data(), contents.size());
    file.commit();
}

AtomicFolder::AtomicFolder(fs::path target) : m_target(withoutTrailingSlash(std::move(target)))
{
    std::error_code error;
    fs::create_directories(parentOf(m_target), error);
    if (error)
        throw FileError(parentOf(m_target), "create the folder", error.value());
    for (int attempt = 0;; ++attempt) {
        m_temporary = temporaryName(m_target, attempt);
        if (::mkdir(m_temporary.c_str(), 0777) == 0)
            return;
        if (errno != EEXIST || attempt == 100)
            fail(m_target, "create a folder here");
    }
}

AtomicFolder::~AtomicFolder()
{
    if (m_committed)
        return;
    std::error_code ignored;
    fs::remove_all(m_temporary, ignored);
}

void AtomicFolder::commit()
{
    try {
        syncTree(m_temporary);
    } catch (const fs::filesystem_error& error) {
        throw FileError(m_temporary, "list", error.code().value());
    }
    if (::rename(m_temporary.c_str(), m_target.c_str()) == 0) {
        m_committed = true;
        syncFolder(parentOf(m_target));
        return;
    }
    if (errno != ENOTEMPTY && errno != EEXIST)
        fail(m_target, "put the folder in place");
    replaceFolder(m_temporary, m_target);
    m_committed = true;
}

void syncFolder(const fs::path& folder)
{
    syncPath(folder, O_DIRECTORY);
}

} // namespace ahascope::formats
