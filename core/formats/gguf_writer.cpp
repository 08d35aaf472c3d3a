#include "core/formats/gguf_writer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/formats/checked_size.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

constexpr std::uint32_t Version = 3;
constexpr std::uint64_t Alignment = 32; // the default, which need not be stated
constexpr float LargestHalf = 65504.0f;

template <typename T>
void appendNumber(std::string& bytes, T value)
{
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void appendText(std::string& bytes, std::string_view text)
{
    appendNumber<std::uint64_t>(bytes, text.size());
    bytes += text;
}

std::uint32_t numberOf(TensorType type) // ggml's
{
    switch (type) {
    case TensorType::F32:
        return 0;
    case TensorType::F16:
        return 1;
    case TensorType::Q8_0:
        return 8;
    case TensorType::BF16:
        return 30;
    }
    return 0;
}

// The largest magnitude that a type holds; of Q8_0 that is 127 times the largest scale.
float largestOf(TensorType type)
{
    if (type == TensorType::F16)
        return LargestHalf;
    return type == TensorType::Q8_0 ? 127.0f * LargestHalf : 3.4e38f;
}

} // namespace

void GgufFields::begin(std::string_view key, GgufType type)
{
    appendText(m_bytes, key);
    appendNumber(m_bytes, static_cast<std::uint32_t>(type));
    ++m_count;
}

void GgufFields::beginArray(std::string_view key, GgufType type, std::size_t count)
{
    begin(key, GgufType::Array);
    appendNumber(m_bytes, static_cast<std::uint32_t>(type));
    appendNumber<std::uint64_t>(m_bytes, count);
}

void GgufFields::text(std::string_view key, std::string_view value)
{
    begin(key, GgufType::Text);
    appendText(m_bytes, value);
}

void GgufFields::u32(std::string_view key, std::int64_t value)
{
    if (value < 0 || value > UINT32_MAX)
        throw InputError(Problem{std::string(key), std::to_string(value) + " does not fit in 32 bits", ""});
    begin(key, GgufType::U32);
    appendNumber(m_bytes, static_cast<std::uint32_t>(value));
}

void GgufFields::f32(std::string_view key, double value)
{
    begin(key, GgufType::F32);
    appendNumber(m_bytes, static_cast<float>(value));
}

void GgufFields::boolean(std::string_view key, bool value)
{
    begin(key, GgufType::Bool);
    m_bytes += value ? '\1' : '\0';
}

void GgufFields::texts(std::string_view key, std::span<const std::string> values)
{
    beginArray(key, GgufType::Text, values.size());
    for (const std::string& value : values)
        appendText(m_bytes, value);
}

void GgufFields::floats(std::string_view key, std::span<const float> values)
{
    beginArray(key, GgufType::F32, values.size());
    m_bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

void GgufFields::integers(std::string_view key, std::span<const std::int32_t> values)
{
    beginArray(key, GgufType::I32, values.size());
    m_bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

std::string ggufHead(const GgufFields& fields, std::span<const GgufTensor> tensors)
{
    std::string head = "GGUF";
    appendNumber(head, Version);
    appendNumber<std::uint64_t>(head, tensors.size());
    appendNumber(head, fields.count());
    head += fields.bytes();
    std::uint64_t offset = 0;
    for (const GgufTensor& tensor : tensors) {
        appendText(head, tensor.name);
        appendNumber(head, static_cast<std::uint32_t>(tensor.shape.size()));
        for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) // the file begins with the columns
            appendNumber(head, static_cast<std::uint64_t>(*size));
        appendNumber(head, numberOf(tensor.type));
        appendNumber(head, offset);
        const std::uint64_t bytes = storedBytes(tensor.type, valueCount(tensor, tensor.name), tensor.name);
        offset = checkedRoundUp(checkedSum(offset, bytes, tensor.name), Alignment, tensor.name);
    }
    head.append((Alignment - head.size() % Alignment) % Alignment, '\0');
    return head;
}

GgufWriter::GgufWriter(const std::filesystem::path& target, const GgufFields& fields, std::vector<GgufTensor> tensors)
    : m_file(target)
    , m_where(target.string())
    , m_tensors(std::move(tensors))
{
    const std::string head = ggufHead(fields, m_tensors);
    m_file.write(head.data(), head.size());
}

void GgufWriter::append(std::span<const float> values)
{
    if (m_next == m_tensors.size() || values.size() != valueCount(m_tensors[m_next], m_where))
        throw std::logic_error("GgufWriter: append() with a wrong number of values");
    const GgufTensor& tensor = m_tensors[m_next++];
    const float largest = largestOf(tensor.type);
    if (!std::all_of(values.begin(), values.end(), [&](float value) { return std::fabs(value) <= largest; }))
        throw InputError(Problem{m_where + ": " + tensor.name,
            "has a value that is not finite or does not fit " + std::string(nameOf(tensor.type)),
            "choose bf16 or f32; weights that are not finite cannot be exported"});
    constexpr std::size_t ChunkValues = 1u << 18;
    std::uint64_t written = 0;
    for (std::size_t at = 0; at < values.size(); at += ChunkValues) {
        m_chunk.clear();
        appendStored(tensor.type, values.subspan(at, std::min(ChunkValues, values.size() - at)), m_chunk);
        m_file.write(m_chunk.data(), m_chunk.size());
        written += m_chunk.size();
    }
    const std::string padding((Alignment - written % Alignment) % Alignment, '\0');
    m_file.write(padding.data(), padding.size());
}

void GgufWriter::finish()
{
    if (m_next != m_tensors.size())
        throw std::logic_error("GgufWriter: finish() before every tensor was appended");
    m_file.commit();
}

} // namespace ahascope::formats
