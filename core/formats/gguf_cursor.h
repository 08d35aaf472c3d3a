// For the readers of GGUF: a bounded walk through the head of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/formats/checked_size.h"
#include "core/formats/gguf_metadata.h"
#include "core/problem.h"

namespace ahascope::formats {

// Steps through the head of a file; never past its end.
class GgufCursor {
public:
    static constexpr std::uint64_t MaxTextBytes = 16u << 20;
    static constexpr const char* Remedy = "the file is damaged or not in GGUF format: fetch or save it again";

    GgufCursor(std::span<const std::byte> head, const std::string& where) : m_head(head), m_where(where) { }

    std::uint64_t at() const { return m_at; }
    std::uint64_t left() const { return m_head.size() - m_at; }

    [[noreturn]] void refuse(const std::string& message) const
    {
        throw InputError(Problem{m_where + ": offset " + std::to_string(m_at), message, Remedy});
    }

    std::span<const std::byte> take(std::uint64_t bytes)
    {
        if (bytes > left())
            refuse("is cut off: " + std::to_string(bytes) + " bytes should follow, " + std::to_string(left()) + " do");
        m_at += bytes;
        return m_head.subspan(m_at - bytes, bytes);
    }
    std::uint32_t u32() { return number<std::uint32_t>(); }
    std::uint64_t u64() { return number<std::uint64_t>(); }

    std::string_view text(std::uint64_t most)
    {
        const std::uint64_t length = u64();
        if (length > most)
            refuse("a text of " + std::to_string(length) + " bytes; at most " + std::to_string(most) + " are read");
        const auto bytes = take(length);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    GgufType type()
    {
        const std::uint32_t number = u32();
        if (number > static_cast<std::uint32_t>(GgufType::F64))
            refuse("the value type " + std::to_string(number) + " is unknown");
        return static_cast<GgufType>(number);
    }

    GgufValue value()
    {
        GgufValue value;
        value.type = type();
        if (value.type == GgufType::Array) {
            value.array = true;
            value.type = type();
            if (value.type == GgufType::Array)
                refuse("an array of arrays is not supported");
            value.count = u64();
        }
        const std::uint64_t begin = m_at;
        if (value.type == GgufType::Text) {
            for (std::uint64_t i = 0; i < value.count; ++i) // each takes at least 8 bytes, so this ends with the file
                text(MaxTextBytes);
        } else {
            take(checkedProduct(value.count, sizeOf(value.type), m_where + ": offset " + std::to_string(m_at)));
        }
        value.bytes = m_head.subspan(begin, m_at - begin);
        if (value.type == GgufType::Bool)
            for (const std::byte byte : value.bytes)
                if (byte > std::byte{1})
                    refuse("a truth value is neither 0 nor 1");
        return value;
    }

private:
    template <typename T>
    T number()
    {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }

    std::span<const std::byte> m_head;
    const std::string& m_where;
    std::uint64_t m_at = 0;
};

} // namespace ahascope::formats
