#include "core/text/utf8.h"

namespace ahascope::text {

namespace {

constexpr char32_t Replacement = 0xfffd;

struct ByteRange {
    unsigned char first;
    unsigned char last;
};

// Number of bytes that a lead byte announces; 0 for a byte that leads nothing.
int sequenceLength(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2)
        return 0;
    if (lead < 0xe0)
        return 2;
    if (lead < 0xf0)
        return 3;
    return lead < 0xf5 ? 4 : 0;
}

// Allowed second bytes (Unicode table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
ByteRange secondBytes(unsigned char lead)
{
    switch (lead) {
    case 0xe0:
        return {0xa0, 0xbf};
    case 0xed:
        return {0x80, 0x9f};
    case 0xf0:
        return {0x90, 0xbf};
    case 0xf4:
        return {0x80, 0x8f};
    default:
        return {0x80, 0xbf};
    }
}

// Bytes of the longest beginning of a code point at `at`; `whole` tells whether all of them are there.
std::size_t subpartLength(std::string_view text, std::size_t at, bool& whole)
{
    const auto lead = static_cast<unsigned char>(text[at]);
    const int length = sequenceLength(lead);
    whole = length == 1;
    if (length <= 1)
        return 1;
    ByteRange allowed = secondBytes(lead);
    for (int i = 1; i < length; ++i) {
        if (at + i >= text.size())
            return i;
        const auto next = static_cast<unsigned char>(text[at + i]);
        if (next < allowed.first || next > allowed.last)
            return i;
        allowed = {0x80, 0xbf};
    }
    whole = true;
    return length;
}

// First byte from `at` on that is not ASCII.
std::size_t skipAscii(std::string_view text, std::size_t at)
{
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80)
        ++at;
    return at;
}

} // namespace

CodePoint codePointAt(std::string_view text, std::size_t at)
{
    bool whole = false;
    const std::size_t length = subpartLength(text, at, whole);
    if (!whole)
        return {Replacement, static_cast<std::uint8_t>(length), false};
    const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[at + i])); };
    switch (length) {
    case 1:
        return {byte(0), 1, true};
    case 2:
        return {(byte(0) & 0x1f) << 6 | (byte(1) & 0x3f), 2, true};
    case 3:
        return {(byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3, true};
    default:
        return {(byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f), 4, true};
    }
}

bool isUtf8(std::string_view text)
{
    for (std::size_t at = skipAscii(text, 0); at < text.size(); at = skipAscii(text, at)) {
        bool whole = false;
        at += subpartLength(text, at, whole);
        if (!whole)
            return false;
    }
    return true;
}

std::string repairedUtf8(std::string_view text)
{
    std::string repaired;
    repaired.reserve(text.size());
    std::size_t kept = 0; // everything before is in `repaired`
    for (std::size_t at = skipAscii(text, 0); at < text.size(); at = skipAscii(text, at)) {
        bool whole = false;
        const std::size_t length = subpartLength(text, at, whole);
        if (!whole) {
            repaired.append(text, kept, at - kept);
            appendUtf8(repaired, Replacement);
            kept = at + length;
        }
        at += length;
    }
    repaired.append(text, kept);
    return repaired;
}

std::size_t completeUtf8Length(std::string_view text)
{
    const std::size_t reach = text.size() < 3 ? text.size() : 3;
    for (std::size_t back = 1; back <= reach; ++back) {
        const std::size_t at = text.size() - back;
        if ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
            continue; // a continuation byte: its lead is further left
        bool whole = false;
        const std::size_t length = subpartLength(text, at, whole);
        const bool unfinished = !whole && length == back && sequenceLength(static_cast<unsigned char>(text[at])) > 1;
        return unfinished ? at : text.size();
    }
    return text.size();
}

void appendUtf8(std::string& text, char32_t codePoint)
{
    const auto put = [&](char32_t bits) { text.push_back(static_cast<char>(bits)); };
    if (codePoint < 0x80) {
        put(codePoint);
    } else if (codePoint < 0x800) {
        put(0xc0 | codePoint >> 6);
        put(0x80 | (codePoint & 0x3f));
    } else if (codePoint < 0x10000) {
        put(0xe0 | codePoint >> 12);
        put(0x80 | (codePoint >> 6 & 0x3f));
        put(0x80 | (codePoint & 0x3f));
    } else {
        put(0xf0 | codePoint >> 18);
        put(0x80 | (codePoint >> 12 & 0x3f));
        put(0x80 | (codePoint >> 6 & 0x3f));
        put(0x80 | (codePoint & 0x3f));
    }
}

std::size_t countCodePoints(std::string_view text)
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += codePointAt(text, at).bytes)
        ++count;
    return count;
}

std::vector<std::size_t> codePointStarts(std::string_view text)
{
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < text.size(); at += codePointAt(text, at).bytes)
        starts.push_back(at);
    starts.push_back(text.size());
    return starts;
}

} // namespace ahascope::text
