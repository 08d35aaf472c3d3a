#include "core/formats/gguf_metadata.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "core/formats/gguf_cursor.h"
#include "core/problem.h"
#include "core/text/utf8.h"

namespace ahascope::formats {

namespace {

template <typename T>
T valueAt(std::span<const std::byte> bytes)
{
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

double numberAt(GgufType type, std::span<const std::byte> bytes)
{
    switch (type) {
    case GgufType::U8:
    case GgufType::Bool:
        return valueAt<std::uint8_t>(bytes);
    case GgufType::I8:
        return valueAt<std::int8_t>(bytes);
    case GgufType::U16:
        return valueAt<std::uint16_t>(bytes);
    case GgufType::I16:
        return valueAt<std::int16_t>(bytes);
    case GgufType::U32:
        return valueAt<std::uint32_t>(bytes);
    case GgufType::I32:
        return valueAt<std::int32_t>(bytes);
    case GgufType::F32:
        return valueAt<float>(bytes);
    case GgufType::U64:
        return static_cast<double>(valueAt<std::uint64_t>(bytes));
    case GgufType::I64:
        return static_cast<double>(valueAt<std::int64_t>(bytes));
    case GgufType::F64:
        return valueAt<double>(bytes);
    case GgufType::Text:
    case GgufType::Array:
        break;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

bool isWholeNumber(GgufType type)
{
    return sizeOf(type) != 0 && type != GgufType::Bool && type != GgufType::F32 && type != GgufType::F64;
}

} // namespace

// Bytes of one value; 0 for texts and arrays.
std::uint64_t sizeOf(GgufType type)
{
    switch (type) {
    case GgufType::U8:
    case GgufType::I8:
    case GgufType::Bool:
        return 1;
    case GgufType::U16:
    case GgufType::I16:
        return 2;
    case GgufType::U32:
    case GgufType::I32:
    case GgufType::F32:
        return 4;
    case GgufType::U64:
    case GgufType::I64:
    case GgufType::F64:
        return 8;
    case GgufType::Text:
    case GgufType::Array:
        break;
    }
    return 0;
}

GgufMetadata::GgufMetadata(std::map<std::string, GgufValue> values, std::string where)
    : m_values(std::move(values))
    , m_where(std::move(where))
{
}

void GgufMetadata::refuse(const std::string& key, const std::string& message, const std::string& remedy) const
{
    throw InputError(Problem{m_where + ": " + key, message, remedy});
}

const GgufValue& GgufMetadata::at(const std::string& key, bool array) const
{
    const auto found = m_values.find(key);
    if (found == m_values.end())
        refuse(key, "is missing");
    if (found->second.array != array)
        refuse(key, array ? "is not an array" : "is an array");
    return found->second;
}

std::string GgufMetadata::text(const std::string& key) const
{
    const GgufValue& value = at(key, false);
    if (value.type != GgufType::Text)
        refuse(key, "is not a text");
    GgufCursor cursor(value.bytes, m_where);
    const std::string_view text = cursor.text(GgufCursor::MaxTextBytes);
    if (!text::isUtf8(text))
        refuse(key, "is not UTF-8");
    return std::string(text);
}

std::string GgufMetadata::text(const std::string& key, std::string_view absent) const
{
    return has(key) ? text(key) : std::string(absent);
}

std::int64_t GgufMetadata::integer(const std::string& key, std::int64_t least, std::int64_t most) const
{
    const GgufValue& value = at(key, false);
    if (!isWholeNumber(value.type))
        refuse(key, "is not a whole number");
    if (value.type == GgufType::U64 && valueAt<std::uint64_t>(value.bytes) > INT64_MAX)
        refuse(key, "is above 63 bits");
    // Up to 32 bits are exact in a double; the others are taken as they are.
    const std::int64_t number = sizeOf(value.type) == 8 ? valueAt<std::int64_t>(value.bytes)
                                                        : static_cast<std::int64_t>(numberAt(value.type, value.bytes));
    if (number < least || number > most)
        refuse(key, std::to_string(number) + " is outside " + std::to_string(least) + " .. " + std::to_string(most));
    return number;
}

std::int64_t GgufMetadata::integer(
    const std::string& key, std::int64_t least, std::int64_t most, std::int64_t absent) const
{
    return has(key) ? integer(key, least, most) : absent;
}

double GgufMetadata::number(const std::string& key) const
{
    const GgufValue& value = at(key, false);
    const double number = value.type == GgufType::Bool ? std::nan("") : numberAt(value.type, value.bytes);
    if (!std::isfinite(number))
        refuse(key, "is not a finite number");
    return number;
}

double GgufMetadata::number(const std::string& key, double absent) const
{
    return has(key) ? number(key) : absent;
}

bool GgufMetadata::boolean(const std::string& key, bool absent) const
{
    if (!has(key))
        return absent;
    const GgufValue& value = at(key, false);
    if (value.type != GgufType::Bool)
        refuse(key, "is not a truth value");
    return value.bytes[0] != std::byte{0};
}

std::vector<std::string_view> GgufMetadata::texts(const std::string& key) const
{
    const GgufValue& value = at(key, true);
    if (value.type != GgufType::Text)
        refuse(key, "is not an array of texts");
    GgufCursor cursor(value.bytes, m_where);
    std::vector<std::string_view> texts;
    texts.reserve(value.count);
    for (std::uint64_t i = 0; i < value.count; ++i) {
        texts.push_back(cursor.text(GgufCursor::MaxTextBytes));
        if (!text::isUtf8(texts.back()))
            refuse(key + "[" + std::to_string(i) + "]", "is not UTF-8");
    }
    return texts;
}

std::vector<double> GgufMetadata::numbers(const std::string& key) const
{
    const GgufValue& value = at(key, true);
    if (sizeOf(value.type) < 4) // smaller ones would grow in memory beyond the size of their file
        refuse(key, "is not an array of 32- or 64-bit numbers");
    std::vector<double> numbers;
    numbers.reserve(value.count);
    const std::uint64_t step = sizeOf(value.type);
    for (std::uint64_t i = 0; i < value.count; ++i) {
        numbers.push_back(numberAt(value.type, value.bytes.subspan(i * step, step)));
        if (!std::isfinite(numbers.back()))
            refuse(key + "[" + std::to_string(i) + "]", "is not a finite number");
    }
    return numbers;
}

} // namespace ahascope::formats
