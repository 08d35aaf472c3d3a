// Values as bytes, little-endian; the reading side believes nothing.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ahascope::store {

static_assert(std::endian::native == std::endian::little, "stored values are little-endian");

class ByteWriter {
public:
    // Seven bits a byte, least first.
    void varint(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            m_bytes += static_cast<char>(value | 0x80);
        m_bytes += static_cast<char>(value);
    }
    void signedVarint(std::int64_t value)
    {
        varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }
    template <class T>
    void fixed(T value)
    {
        static_assert(std::is_arithmetic_v<T>);
        char raw[sizeof(T)];
        std::memcpy(raw, &value, sizeof(T));
        m_bytes.append(raw, sizeof(T));
    }
    void text(std::string_view value)
    {
        varint(value.size());
        m_bytes += value;
    }
    void raw(std::string_view value) { m_bytes += value; }

    std::string take() { return std::move(m_bytes); }

private:
    std::string m_bytes;
};

// Thrown for bytes that no ByteWriter made.
struct BadBytes : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : m_rest(bytes) { }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            auto byte = static_cast<unsigned char>(raw(1)[0]);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80)
                return value;
        }
        throw BadBytes("a number has no end");
    }
    std::int64_t signedVarint()
    {
        std::uint64_t value = varint();
        return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    template <class T>
    T fixed()
    {
        T value;
        std::memcpy(&value, raw(sizeof(T)).data(), sizeof(T));
        return value;
    }
    std::string_view text() { return raw(count(1)); }
    std::string_view raw(std::size_t bytes)
    {
        if (bytes > m_rest.size())
            throw BadBytes("the row is cut short");
        std::string_view part = m_rest.substr(0, bytes);
        m_rest.remove_prefix(bytes);
        return part;
    }
    // A number of things of which each takes at least `bytesEach` of what is left.
    std::size_t count(std::size_t bytesEach)
    {
        std::uint64_t value = varint();
        if (value > m_rest.size() / bytesEach)
            throw BadBytes("a count is larger than the row");
        return static_cast<std::size_t>(value);
    }
    std::string_view rest() const { return m_rest; }
    void expectEnd() const
    {
        if (!m_rest.empty())
            throw BadBytes("there is something after the end of the row");
    }

private:
    std::string_view m_rest;
};

} // namespace ahascope::store
