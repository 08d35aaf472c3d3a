#include "core/formats/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <set>

#include "core/formats/checked_size.h"
#include "core/formats/gguf_cursor.h"
#include "core/problem.h"

namespace ahascope::formats {

namespace {

constexpr std::uint64_t MaxEntries = 100'000;
constexpr std::uint64_t MaxNameBytes = 1024;
constexpr std::uint32_t MaxRank = 4;
constexpr std::uint64_t DefaultAlignment = 32;
constexpr std::uint64_t MaxAlignment = 1u << 16;
constexpr const char* Damaged = GgufCursor::Remedy;

// By ggml's number; gaps are types that were withdrawn.
constexpr std::string_view StoredTypes[] = {"F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0",
    "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
    "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8", "TQ1_0",
    "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4", "NVFP4"};

TensorType typeNumbered(std::uint32_t number, const std::string& where)
{
    const std::string_view name
        = number < std::size(StoredTypes) ? StoredTypes[number] : std::string_view("an unknown type");
    for (const TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16, TensorType::Q8_0}) {
        if (name == nameOf(type))
            return type;
    }
    throw InputError(Problem{where,
        "is stored as " + std::string(name) + " (" + std::to_string(number) + "), which is not supported",
        "use the F32, F16, BF16 or Q8_0 file of this model"});
}

TensorEntry readTensor(GgufCursor& cursor, const std::string& where)
{
    TensorEntry entry;
    entry.name = cursor.text(MaxNameBytes);
    const std::string here = where + ": tensor '" + entry.name.substr(0, 100) + "'";
    const std::uint32_t rank = cursor.u32();
    if (rank == 0 || rank > MaxRank)
        cursor.refuse(
            "the tensor '" + entry.name.substr(0, 100) + "' has " + std::to_string(rank) + " dimensions, not 1 to 4");
    entry.count = 1;
    for (std::uint32_t i = 0; i < rank; ++i) {
        const std::uint64_t size = cursor.u64();
        if (size == 0)
            cursor.refuse("a dimension of the tensor '" + entry.name.substr(0, 100) + "' is 0");
        entry.count = checkedProduct(entry.count, size, here);
        entry.shape.insert(entry.shape.begin(), static_cast<std::int64_t>(size)); // the file begins with the columns
    }
    entry.type = typeNumbered(cursor.u32(), here);
    entry.begin = cursor.u64();
    if (static_cast<std::uint64_t>(entry.shape.back()) % valuesPerBlock(entry.type) != 0)
        cursor.refuse("the tensor '" + entry.name.substr(0, 100) + "' has rows that are no whole blocks of "
            + std::string(nameOf(entry.type)));
    entry.end = checkedSum(entry.begin, storedBytes(entry.type, entry.count, here), here);
    return entry;
}

// Sorts by position and checks that nothing overlaps, is left out or goes beyond the file.
void checkLayout(GgufHeader& header, std::uint64_t alignment, std::uint64_t fileBytes, const std::string& where)
{
    std::vector<TensorEntry>& tensors = header.tensors;
    const auto refuse = [&](const std::string& place, const std::string& message) {
        throw InputError(Problem{place, message, Damaged});
    };
    std::sort(
        tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) { return a.begin < b.begin; });
    std::uint64_t expected = 0;
    std::set<std::string_view> names;
    for (const TensorEntry& tensor : tensors) {
        const std::string here = where + ": tensor '" + tensor.name.substr(0, 100) + "'";
        if (!names.insert(tensor.name).second)
            refuse(here, "stands twice in the file");
        if (tensor.begin != expected)
            refuse(here,
                "begins at data offset " + std::to_string(tensor.begin) + " where " + std::to_string(expected)
                    + " is expected");
        expected = checkedRoundUp(tensor.end, alignment, here);
    }
    const std::uint64_t end
        = tensors.empty() ? header.dataBegin : checkedSum(header.dataBegin, tensors.back().end, where);
    if (!tensors.empty() && end > fileBytes)
        refuse(
            where, "is cut off: its tensors end at byte " + std::to_string(end) + " of " + std::to_string(fileBytes));
    if (fileBytes > end && fileBytes - end >= alignment)
        refuse(where, std::to_string(fileBytes - end) + " bytes follow its last tensor");
}

} // namespace

GgufHeader parseGgufHeader(std::span<const std::byte> head, std::uint64_t fileBytes, const std::string& where)
{
    GgufCursor cursor(head, where);
    const auto magic = cursor.take(4);
    if (std::memcmp(magic.data(), "GGUF", 4) != 0)
        throw InputError(Problem{where, "does not begin with \"GGUF\"", Damaged});
    const std::uint32_t version = cursor.u32();
    if (version != 2 && version != 3)
        throw InputError(Problem{where, "has the version " + std::to_string(version) + ", not 2 or 3",
            "convert it to a little-endian file of version 3"});
    const std::uint64_t tensors = cursor.u64();
    const std::uint64_t keys = cursor.u64();
    if (tensors > MaxEntries || keys > MaxEntries)
        cursor.refuse("more than 100000 tensors or keys: " + std::to_string(tensors) + ", " + std::to_string(keys));
    std::map<std::string, GgufValue> values;
    for (std::uint64_t i = 0; i < keys; ++i) {
        std::string key(cursor.text(MaxNameBytes));
        if (!values.emplace(key, cursor.value()).second)
            cursor.refuse("the key '" + key.substr(0, 100) + "' stands twice");
    }
    GgufHeader header{GgufMetadata(std::move(values), where), {}, 0};
    const auto alignment
        = static_cast<std::uint64_t>(header.metadata.integer("general.alignment", 1, MaxAlignment, DefaultAlignment));
    if (!std::has_single_bit(alignment))
        header.metadata.refuse("general.alignment", std::to_string(alignment) + " is not a power of two");
    for (std::uint64_t i = 0; i < tensors; ++i)
        header.tensors.push_back(readTensor(cursor, where));
    header.dataBegin = checkedRoundUp(cursor.at(), alignment, where);
    if (header.tensors.empty())
        header.dataBegin = std::min(header.dataBegin, fileBytes);
    checkLayout(header, alignment, fileBytes, where);
    return header;
}

GgufFile::GgufFile(const std::filesystem::path& path)
    : m_file(path)
    , m_header(parseGgufHeader(m_file.bytes(), m_file.bytes().size(), path.string()))
{
}

std::span<const std::byte> GgufFile::bytes(const TensorEntry& tensor) const
{
    return m_file.bytes().subspan(m_header.dataBegin + tensor.begin, tensor.end - tensor.begin);
}

bool isGgufPath(const std::filesystem::path& path)
{
    return path.extension() == ".gguf";
}

} // namespace ahascope::formats
