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

// A regular file, mapped read-only. It must not be shortened by another program while it is open.
class MappedFile {
public:
    // Throws InputError when it is missing, not a file or cannot be mapped.
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;

    std::span<const std::byte> bytes() const { return {m_data, m_size}; }

private:
    const std::byte* m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace ahascope::formats
