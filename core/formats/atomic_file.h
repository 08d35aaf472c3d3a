// Files and folders that are either wholly there or not at all, also after a power cut.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ahascope::formats {

// The file system refused: disk full, no permission, I/O error. what() holds path, action, reason and, where people
// can mend it, how.
class FileError : public std::runtime_error {
public:
    FileError(const std::filesystem::path& path, const std::string& action, int errorNumber);
    int errorNumber() const { return m_errorNumber; } // errno; ENOSPC and EDQUOT mean that space would help

private:
    int m_errorNumber;
};

// Writes a temporary file beside the target (never in another file system), then commit() makes it the target:
// fsync, rename, fsync of the folder. Without commit() the temporary file is removed and the target stays as it was.
class AtomicFile {
public:
    // Throws FileError.
    explicit AtomicFile(std::filesystem::path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    // Throws FileError; a failed fsync is never tried again, since the kernel may have dropped the pages.
    void write(const void* data, std::size_t bytes);
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
    int m_descriptor = -1;
    bool m_committed = false;
};

void writeFileAtomically(const std::filesystem::path& target, std::string_view contents);

// The same for a folder: fill path(), then commit() syncs everything in it and puts it in the target's place. A target
// folder that is already there is replaced in one step where the file system can exchange names.
class AtomicFolder {
public:
    // Throws FileError; parents of the target are created.
    explicit AtomicFolder(std::filesystem::path target);
    ~AtomicFolder();
    AtomicFolder(const AtomicFolder&) = delete;
    AtomicFolder& operator=(const AtomicFolder&) = delete;

    const std::filesystem::path& path() const { return m_temporary; }
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
    bool m_committed = false;
};

// Makes names created or renamed in `folder` durable. Throws FileError.
void syncFolder(const std::filesystem::path& folder);

} // namespace ahascope::formats
