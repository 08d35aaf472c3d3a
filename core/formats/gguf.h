// The GGUF file format of ggml, versions 2 and 3, little endian: magic, typed key-value metadata, tensor infos, then
// the tensors' bytes, aligned. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md Reading is stricter than the
// reference: up to 100,000 keys and tensors, names up to 1 KB, texts up to 16 MB, no arrays of arrays, no duplicate
// names, no empty tensors; tensors follow each other without hole (but for alignment) or overlap and end with the file.
// Tensors in F32, F16, BF16 and Q8_0; other types are refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/formats/file_bytes.h"
#include "core/formats/gguf_metadata.h"
#include "core/formats/tensor_values.h"

namespace ahascope::formats {

struct GgufHeader {
    GgufMetadata metadata;
    std::vector<TensorEntry> tensors; // in the order of their bytes; shape as in PyTorch, rows first
    std::uint64_t dataBegin = 0;      // bytes from the start of the file
};

// Checks everything that can be known from the head of a file of `fileBytes` bytes; `head` is the file or its beginning
// and must outlive the result. Throws InputError with `where` and the offset, key or tensor.
GgufHeader parseGgufHeader(std::span<const std::byte> head, std::uint64_t fileBytes, const std::string& where);

// A memory-mapped file. Immutable; may be read from several threads.
class GgufFile {
public:
    // Throws InputError.
    explicit GgufFile(const std::filesystem::path& path);

    const GgufHeader& header() const { return m_header; }
    const GgufMetadata& metadata() const { return m_header.metadata; }
    const std::vector<TensorEntry>& tensors() const { return m_header.tensors; }
    std::span<const std::byte> bytes(const TensorEntry& tensor) const; // as stored
    const MappedFile& mapped() const { return m_file; }

private:
    MappedFile m_file;
    GgufHeader m_header;
};

// Whether the path looks like a GGUF file's rather than a folder's.
bool isGgufPath(const std::filesystem::path& path);

} // namespace ahascope::formats
