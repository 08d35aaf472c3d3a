// What the store throws when a file of it cannot be used.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace ahascope::store {

class StoreError : public std::runtime_error {
public:
    enum class Kind {
        DiskFull,     // space or quota would help; the only kind that is worth trying again
        ReadOnly,     // the file system or its permissions
        NewerVersion, // written by a later Ahascope
        Corrupt,      // not one of our files, or damaged
        InUse,        // another program holds the run, or the catalogue for too long
        Missing,
        Interrupted, // the reader was asked to give up
        Other        // I/O error, no memory: what() says which
    };

    StoreError(Kind kind, const std::filesystem::path& file, const std::string& what, const std::string& remedy = {});

    Kind kind() const { return m_kind; }
    const std::filesystem::path& file() const { return m_file; }

private:
    Kind m_kind;
    std::filesystem::path m_file;
};

} // namespace ahascope::store
