// Reading files that nobody vouches for: whole (with a cap) or mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace ahascope::formats {

// The contents of a regular file. Throws InputError when it is missing, not a file, unreadable or above `maxBytes`.
std::string readFile(const std::filesystem::path& path, std::uint64_t maxBytes);

// The path of a file of `folder`. A link must not lead out of the folder, but to the blobs of a Hugging Face cache,
// whose snapshots consist of links. Throws InputError. A file that is not there is found out when it is opened.
std::filesystem::path fileInFolder(const std::filesystem::path& folder, const std::string& name);

// A regular file, mapped read-only. It must not be shortened by another program while it is open.
class MappedFile {
public:
    // Throws InputError when it is missing, not a file or cannot be mapped.
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;

    std::span<const std::byte> bytes() const { return {m_data, m_size}; }
    // `part` of bytes() will not be needed soon: its pages stop counting as memory of this process. They can still be
    // read, and come from the file again.
    void release(std::span<const std::byte> part) const;

private:
    const std::byte* m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace ahascope::formats
