// The checksum of a row: XXH3-64 over its table, its key and every value, so that a changed, exchanged or misplaced row
// is noticed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace ahascope::store {

class RowHash {
public:
    explicit RowHash(std::string_view table) { addValue(table); }

    template <class... Values>
    RowHash& add(const Values&... values)
    {
        (addOne(values), ...);
        return *this;
    }
    // As SQLite stores it.
    std::int64_t value() const;

private:
    template <class T>
    void addOne(const T& value)
    {
        if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
            addInteger(static_cast<std::int64_t>(value));
        else if constexpr (std::is_floating_point_v<T>)
            addReal(value);
        else
            addValue(value);
    }
    void addInteger(std::int64_t value) { addRaw(&value, sizeof value); }
    void addReal(double value)
    {
        // SQLite keeps no sign of zero and turns NaN into NULL; neither may count as a change.
        double kept = value == 0.0 || value != value ? 0.0 : value;
        addRaw(&kept, sizeof kept);
    }
    void addValue(std::string_view text)
    {
        addInteger(static_cast<std::int64_t>(text.size()));
        m_bytes += text;
    }
    void addValue(std::span<const std::byte> blob)
    {
        addValue(std::string_view(reinterpret_cast<const char*>(blob.data()), blob.size()));
    }
    void addValue(const std::optional<double>& value)
    {
        addInteger(value.has_value());
        if (value)
            addReal(*value);
    }
    void addRaw(const void* data, std::size_t bytes) { m_bytes.append(static_cast<const char*>(data), bytes); }

    std::string m_bytes;
};

} // namespace ahascope::store
