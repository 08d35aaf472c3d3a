// Writes GGUF files, version 3 (gguf.h says what they are).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/atomic_file.h"
#include "core/formats/gguf_metadata.h"
#include "core/formats/tensor_values.h"

namespace ahascope::formats {

// Metadata in the order it is added; a key must not come twice.
class GgufFields {
public:
    void text(std::string_view key, std::string_view value);
    void u32(std::string_view key, std::int64_t value); // throws InputError when it does not fit
    void f32(std::string_view key, double value);
    void boolean(std::string_view key, bool value);
    void texts(std::string_view key, std::span<const std::string> values);
    void floats(std::string_view key, std::span<const float> values);
    void integers(std::string_view key, std::span<const std::int32_t> values);

    std::uint64_t count() const { return m_count; }
    const std::string& bytes() const { return m_bytes; }

private:
    void begin(std::string_view key, GgufType type);
    void beginArray(std::string_view key, GgufType type, std::size_t count);

    std::string m_bytes;
    std::uint64_t m_count = 0;
};

struct GgufTensor : TensorShape {
    TensorType type = TensorType::F32;
};

// Everything before the tensors' bytes, padded to where these begin.
std::string ggufHead(const GgufFields& fields, std::span<const GgufTensor> tensors);

// Writes one tensor after the other; the target appears whole on finish().
class GgufWriter {
public:
    // Throws FileError.
    GgufWriter(const std::filesystem::path& target, const GgufFields& fields, std::vector<GgufTensor> tensors);

    // The values of the next tensor, in the order given above; their number must fit, else std::logic_error. Throws
    // InputError for a value that is not finite or that F16 or Q8_0 cannot hold.
    void append(std::span<const float> values);
    // Every tensor must have been appended.
    void finish();

private:
    AtomicFile m_file;
    std::string m_where;
    std::vector<GgufTensor> m_tensors;
    std::size_t m_next = 0;
    std::vector<std::byte> m_chunk;
};

} // namespace ahascope::formats
