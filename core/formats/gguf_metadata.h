// The typed key-value metadata of a GGUF file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::formats {

enum class GgufType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, Text, Array, U64, I64, F64 };

// One value, or an array of them, as it stands in the file; checked, not copied.
struct GgufValue {
    GgufType type = GgufType::U8; // of the value, or of the elements
    bool array = false;
    std::uint64_t count = 1;
    std::span<const std::byte> bytes;
};

// Typed access by key; every complaint is an InputError that names the file and the key. Views into the file's bytes,
// which must outlive it.
class GgufMetadata {
public:
    GgufMetadata(std::map<std::string, GgufValue> values, std::string where);

    const std::map<std::string, GgufValue>& values() const { return m_values; }
    bool has(const std::string& key) const { return m_values.count(key) != 0; }
    std::string text(const std::string& key) const; // well-formed UTF-8
    std::string text(const std::string& key, std::string_view absent) const;
    std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most) const;
    std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most, std::int64_t absent) const;
    double number(const std::string& key) const; // finite
    double number(const std::string& key, double absent) const;
    bool boolean(const std::string& key, bool absent) const;
    std::vector<std::string_view> texts(const std::string& key) const; // each well-formed UTF-8
    std::vector<double> numbers(const std::string& key) const;         // of an array of 32- or 64-bit numbers, finite

    const std::string& where() const { return m_where; }
    [[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& remedy = "") const;

private:
    const GgufValue& at(const std::string& key, bool array) const;

    std::map<std::string, GgufValue> m_values;
    std::string m_where;
};

// Bytes of one value; 0 for texts and arrays.
std::uint64_t sizeOf(GgufType type);

} // namespace ahascope::formats
