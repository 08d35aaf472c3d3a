// The safetensors file format: u64 header length, JSON header, then the tensors' bytes, little endian.
// Reading is stricter than the reference: header up to 16 MB, up to 100,000 tensors, names up to 1 KB, rank up to 8, no
// empty tensors, no duplicate names, only F32, F16 and BF16; tensors follow each other without hole or overlap and
// fill the file exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/atomic_file.h"
#include "core/formats/file_bytes.h"
#include "core/formats/tensor_values.h"

namespace ahascope::formats {

struct SafetensorsHeader {
    std::vector<TensorEntry> tensors; // in the order of their bytes
    std::map<std::string, std::string> metadata;
    std::uint64_t dataBegin = 0; // bytes from the start of the file
};

// Checks everything that can be known from the head of a file of `fileBytes` bytes; `head` is the file or its
// beginning. Throws InputError with `where` and the offset or tensor.
SafetensorsHeader parseSafetensorsHeader(
    std::span<const std::byte> head, std::uint64_t fileBytes, const std::string& where);

// A memory-mapped file. Immutable; may be read from several threads.
class SafetensorsFile {
public:
    // Throws InputError.
    explicit SafetensorsFile(const std::filesystem::path& path);

    const std::vector<TensorEntry>& tensors() const { return m_header.tensors; }
    const std::map<std::string, std::string>& metadata() const { return m_header.metadata; }
    const TensorEntry* find(std::string_view name) const; // null when there is none

    // The tensor as stored.
    std::span<const std::byte> bytes(const TensorEntry& tensor) const;
    const MappedFile& mapped() const { return m_file; }

private:
    MappedFile m_file;
    SafetensorsHeader m_header;
    std::map<std::string_view, const TensorEntry*> m_byName;
};

// Writes one tensor after the other, so that no second copy of a model is needed. The target appears whole on finish().
class SafetensorsWriter {
public:
    // All tensors are stored as `type` (F32, F16 or BF16). Throws FileError.
    SafetensorsWriter(const std::filesystem::path& target, std::span<const TensorShape> tensors, TensorType type,
        const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

    // The values of the next tensor, in the order given above; their number must fit, else std::logic_error.
    void append(std::span<const float> values);
    // Every tensor must have been appended.
    void finish();

private:
    AtomicFile m_file;
    std::vector<std::uint64_t> m_counts;
    std::size_t m_next = 0;
    TensorType m_type;
    std::vector<std::byte> m_chunk;
};

} // namespace ahascope::formats
