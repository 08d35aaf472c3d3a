#include "core/text/white_space.h"

#include <algorithm>

namespace ahascope::text {

namespace {

bool isThreeByteSpace(unsigned char first, unsigned char second, unsigned char third)
{
    if (first == 0xE1) {
        return second == 0x9A && third == 0x80; // U+1680
    }
    if (first == 0xE2 && second == 0x80) {
        // U+2000..200A, 2028, 2029, 202F
        return (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF;
    }
    if (first == 0xE2 && second == 0x81) {
        return third == 0x9F; // U+205F
    }
    return first == 0xE3 && second == 0x80 && third == 0x80; // U+3000, the space of Chinese text
}

} // namespace

std::size_t whiteSpaceLength(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) {
        return first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
    }
    if (first == 0xC2 && at + 1 < text.size()) {
        return byte(at + 1) == 0x85 || byte(at + 1) == 0xA0 ? 2 : 0;
    }
    if (at + 2 < text.size() && isThreeByteSpace(first, byte(at + 1), byte(at + 2))) {
        return 3;
    }
    return 0;
}

bool isBlank(std::string_view text)
{
    return trim(text).empty();
}

std::string_view trim(std::string_view text)
{
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t length = whiteSpaceLength(text, begin);
        if (length == 0) {
            break;
        }
        begin += length;
    }
    std::size_t end = text.size();
    while (end > begin) {
        // A white-space character is one to three bytes long: try each length that would end here.
        std::size_t length = 1;
        const std::size_t longest = std::min<std::size_t>(3, end - begin);
        while (length <= longest && whiteSpaceLength(text.substr(0, end), end - length) != length) {
            ++length;
        }
        if (length > longest) {
            break;
        }
        end -= length;
    }
    return text.substr(begin, end - begin);
}

std::string collapseWhiteSpace(std::string_view text)
{
    const std::string_view trimmed = trim(text);
    std::string collapsed;
    collapsed.reserve(trimmed.size());
    for (std::size_t i = 0; i < trimmed.size();) {
        const std::size_t length = whiteSpaceLength(trimmed, i);
        if (length == 0) {
            collapsed += trimmed[i++];
            continue;
        }
        if (collapsed.back() != ' ') {
            collapsed += ' ';
        }
        i += length;
    }
    return collapsed;
}

} // namespace ahascope::text
