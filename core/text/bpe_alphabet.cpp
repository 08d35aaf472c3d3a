#include "core/text/bpe_alphabet.h"

#include <array>
#include <cstdint>

#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

constexpr bool isPrintable(unsigned byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

constexpr std::array<std::uint16_t, 256> makeAlphabet()
{
    std::array<std::uint16_t, 256> alphabet{};
    std::uint16_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte)
        alphabet[byte] = isPrintable(byte) ? static_cast<std::uint16_t>(byte) : next++;
    return alphabet;
}

constexpr std::array<std::uint16_t, 256> Alphabet = makeAlphabet();

// Byte of each code point below 0x144, or -1.
constexpr std::array<std::int16_t, 0x144> makeInverse()
{
    std::array<std::int16_t, 0x144> inverse{};
    for (std::int16_t& byte : inverse)
        byte = -1;
    for (std::int16_t byte = 0; byte < 256; ++byte)
        inverse[Alphabet[static_cast<std::size_t>(byte)]] = byte;
    return inverse;
}

constexpr std::array<std::int16_t, 0x144> Inverse = makeInverse();

} // namespace

std::string spelledBytes(std::string_view bytes)
{
    std::string spelling;
    for (const char byte : bytes)
        appendUtf8(spelling, Alphabet[static_cast<unsigned char>(byte)]);
    return spelling;
}

std::optional<std::string> bytesOfSpelling(std::string_view spelling)
{
    std::string bytes;
    bytes.reserve(spelling.size());
    for (std::size_t at = 0; at < spelling.size();) {
        const CodePoint c = codePointAt(spelling, at);
        if (c.value >= Inverse.size() || Inverse[c.value] < 0)
            return std::nullopt;
        bytes.push_back(static_cast<char>(Inverse[c.value]));
        at += c.bytes;
    }
    return bytes;
}

} // namespace ahascope::text
