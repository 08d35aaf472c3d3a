#include "core/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/formats/checked_size.h"
#include "core/formats/json.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

using nlohmann::json;

constexpr std::uint64_t MaxHeaderBytes = 16'000'000;
constexpr std::size_t MaxTensors = 100'000;
constexpr std::size_t MaxNameBytes = 1024;
constexpr std::size_t MaxRank = 8;
constexpr std::uint64_t LengthBytes = 8;

[[noreturn]] void refuse(const std::string& where, const std::string& message)
{
    throw InputError(
        Problem{where, message, "the file is damaged or not in safetensors format: fetch or save it again"});
}

std::uint64_t unsignedNumber(const json& value, const std::string& where, const char* what)
{
    if (!value.is_number_unsigned())
        refuse(where, std::string(what) + " is not a non-negative whole number");
    return value.get<std::uint64_t>();
}

TensorType typeNamed(const JsonObject& tensor)
{
    const std::string name = tensor.text("dtype");
    for (TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16}) {
        if (name == nameOf(type))
            return type;
    }
    tensor.refuse("dtype", "'" + name.substr(0, 40) + "' is not supported", "convert the weights to F32, F16 or BF16");
}

TensorEntry parseEntry(std::string_view name, const json& value, const std::string& where)
{
    TensorEntry entry;
    entry.name = name;
    const std::string here = where + ": tensor '" + std::string(name.substr(0, 100)) + "'";
    if (name.empty() || name.size() > MaxNameBytes)
        refuse(here, "its name has " + std::to_string(name.size()) + " bytes, not 1 to 1024");
    const JsonObject tensor(value, here);
    entry.type = typeNamed(tensor);

    const json& shape = tensor.at("shape");
    if (!shape.is_array() || shape.size() > MaxRank)
        refuse(here, "shape is not a list of at most 8 sizes");
    entry.count = 1;
    for (const json& size : shape) {
        const std::uint64_t length = unsignedNumber(size, here, "a size in shape");
        if (length == 0)
            refuse(here, "a size in shape is 0: empty tensors are not accepted");
        entry.count = checkedProduct(entry.count, length, here + ": shape");
        entry.shape.push_back(static_cast<std::int64_t>(length));
    }

    const json& offsets = tensor.at("data_offsets");
    if (!offsets.is_array() || offsets.size() != 2)
        refuse(here, "data_offsets is not [begin, end]");
    entry.begin = unsignedNumber(offsets[0], here, "data_offsets[0]");
    entry.end = unsignedNumber(offsets[1], here, "data_offsets[1]");
    const std::uint64_t bytes = storedBytes(entry.type, entry.count, here + ": shape");
    if (entry.end < entry.begin || entry.end - entry.begin != bytes)
        refuse(here,
            "data_offsets [" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) + "] do not span the "
                + std::to_string(bytes) + " bytes of its shape and type");
    return entry;
}

void parseMetadata(const json& value, SafetensorsHeader& header, const std::string& where)
{
    if (!value.is_object())
        refuse(where, "__metadata__ is not an object");
    for (const auto& [key, text] : value.items()) {
        if (!text.is_string())
            refuse(where, "__metadata__." + key.substr(0, 100) + " is not a string");
        header.metadata[key] = text.get<std::string>();
    }
}

// Bytes follow each other from 0 to the end of the file, and no name comes twice.
void checkLayout(const SafetensorsHeader& header, std::uint64_t dataBytes, const std::string& where)
{
    std::uint64_t expected = 0;
    for (const TensorEntry& tensor : header.tensors) {
        if (tensor.begin != expected)
            refuse(where + ": tensor '" + tensor.name.substr(0, 100) + "'",
                "begins at data offset " + std::to_string(tensor.begin) + " where " + std::to_string(expected)
                    + " is expected: tensors " + (tensor.begin < expected ? "overlap" : "leave a hole"));
        expected = tensor.end;
    }
    if (expected != dataBytes)
        refuse(where,
            "its tensors take " + std::to_string(expected) + " bytes but " + std::to_string(dataBytes)
                + " follow the header");
    std::vector<std::string_view> names;
    for (const TensorEntry& tensor : header.tensors)
        names.push_back(tensor.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
        refuse(where, "the tensor '" + std::string(twice->substr(0, 100)) + "' stands twice in the header");
}

} // namespace

SafetensorsHeader parseSafetensorsHeader(
    std::span<const std::byte> head, std::uint64_t fileBytes, const std::string& where)
{
    if (head.size() < LengthBytes)
        refuse(where, "has " + std::to_string(fileBytes) + " bytes, too few for the header length at offset 0");
    std::uint64_t headerBytes = 0;
    std::memcpy(&headerBytes, head.data(), sizeof headerBytes);
    if (headerBytes > MaxHeaderBytes)
        refuse(where,
            "claims a header of " + std::to_string(headerBytes) + " bytes at offset 0; at most 16000000 are read");
    if (headerBytes > head.size() - LengthBytes)
        refuse(where,
            "is cut off: the header should end at byte " + std::to_string(LengthBytes + headerBytes) + " of "
                + std::to_string(fileBytes));
    const std::string_view text(reinterpret_cast<const char*>(head.data()) + LengthBytes, headerBytes);
    if (text.empty() || text.front() != '{')
        refuse(where, "the header at offset 8 does not begin with '{'");

    SafetensorsHeader header;
    header.dataBegin = LengthBytes + headerBytes;
    bool hasMetadata = false;
    const auto member = [&](std::string_view name, const json& value) {
        if (name == "__metadata__") {
            if (std::exchange(hasMetadata, true))
                refuse(where, "__metadata__ stands twice in the header");
            return parseMetadata(value, header, where);
        }
        if (header.tensors.size() == MaxTensors)
            refuse(where, "has more than 100000 tensors");
        header.tensors.push_back(parseEntry(name, value, where));
    };
    parseJson(text, where + ": header", {.maxBytes = MaxHeaderBytes, .maxDepth = 4}, {{"", member}});
    std::sort(header.tensors.begin(), header.tensors.end(),
        [](const TensorEntry& a, const TensorEntry& b) { return a.begin < b.begin; });
    checkLayout(header, fileBytes - header.dataBegin, where);
    return header;
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : m_file(path)
    , m_header(parseSafetensorsHeader(m_file.bytes(), m_file.bytes().size(), path.string()))
{
    for (const TensorEntry& tensor : m_header.tensors)
        m_byName.emplace(tensor.name, &tensor);
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const
{
    const auto found = m_byName.find(name);
    return found == m_byName.end() ? nullptr : found->second;
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorEntry& tensor) const
{
    return m_file.bytes().subspan(m_header.dataBegin + tensor.begin, tensor.end - tensor.begin);
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& target, std::span<const TensorShape> tensors,
    TensorType type, const std::map<std::string, std::string>& metadata)
    : m_file(target)
    , m_type(type)
{
    if (type == TensorType::Q8_0)
        throw std::logic_error("SafetensorsWriter: the format has no Q8_0");
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::uint64_t offset = 0;
    for (const TensorShape& tensor : tensors) {
        const std::string where = target.string() + ": " + tensor.name;
        const std::uint64_t count = valueCount(tensor, where);
        const std::uint64_t end = checkedSum(offset, storedBytes(type, count, where), where);
        if (header.contains(tensor.name))
            throw std::logic_error("SafetensorsWriter: two tensors named " + tensor.name);
        header[tensor.name] = {{"dtype", nameOf(type)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
        m_counts.push_back(count);
        offset = end;
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' '); // the data begins at a multiple of 8
    const std::uint64_t length = text.size();
    m_file.write(&length, sizeof length);
    m_file.write(text.data(), text.size());
}

void SafetensorsWriter::append(std::span<const float> values)
{
    if (m_next == m_counts.size() || values.size() != m_counts[m_next])
        throw std::logic_error("SafetensorsWriter: append() with a wrong number of values");
    ++m_next;
    constexpr std::size_t ChunkValues = 1u << 18;
    for (std::size_t at = 0; at < values.size(); at += ChunkValues) {
        m_chunk.clear();
        appendStored(m_type, values.subspan(at, std::min(ChunkValues, values.size() - at)), m_chunk);
        m_file.write(m_chunk.data(), m_chunk.size());
    }
}

void SafetensorsWriter::finish()
{
    if (m_next != m_counts.size())
        throw std::logic_error("SafetensorsWriter: finish() before every tensor was appended");
    m_file.commit();
}

} // namespace ahascope::formats
