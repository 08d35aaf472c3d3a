#include "core/text/jinja/python_string.h"

#include <algorithm>
#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "core/text/utf8.h"
#include "core/text/white_space.h"

namespace ahascope::text::jinja {

namespace {

std::size_t before(std::string_view text, std::size_t end)
{
    std::size_t at = end - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
        --at;
    return at;
}

// Bytes of a line end at `at` as str.splitlines sees them; 0 if there is none.
std::size_t lineEndLength(std::string_view text, std::size_t at)
{
    const char c = text[at];
    if (c == '\r')
        return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    if ((c >= '\n' && c <= '\f') || (c >= '\x1c' && c <= '\x1e'))
        return 1;
    if (text.substr(at, 2) == "\xc2\x85")
        return 2;
    return text.substr(at, 3) == "\xe2\x80\xa8" || text.substr(at, 3) == "\xe2\x80\xa9" ? 3 : 0;
}

std::string toUtf8(const icu::UnicodeString& text)
{
    std::string bytes;
    text.toUTF8String(bytes);
    return bytes;
}

std::string titled(char32_t codePoint)
{
    // Of one code point only, so that no rule about words or apostrophes takes part.
    icu::UnicodeString one(static_cast<UChar32>(codePoint));
    one.toTitle(nullptr, icu::Locale::getRoot(), U_TITLECASE_NO_BREAK_ADJUSTMENT);
    return toUtf8(one);
}

icu::UnicodeString fromUtf8(std::string_view text)
{
    return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

// Every run of cased letters begins with a title-case letter.
std::string inTitleCase(std::string_view text)
{
    std::string result;
    const icu::UnicodeString all = fromUtf8(text);
    for (std::int32_t at = 0; at < all.length();) {
        std::int32_t end = at;
        while (end < all.length() && u_hasBinaryProperty(all.char32At(end), UCHAR_CASED))
            end = all.moveIndex32(end, 1);
        if (end == at) {
            result += toUtf8(icu::UnicodeString(all.char32At(at)));
            at = all.moveIndex32(at, 1);
            continue;
        }
        const std::int32_t second = all.moveIndex32(at, 1);
        result += titled(static_cast<char32_t>(all.char32At(at)));
        icu::UnicodeString rest = all.tempSubStringBetween(second, end);
        result += toUtf8(rest.toLower(icu::Locale::getRoot()));
        at = end;
    }
    return result;
}

bool isOf(char32_t codePoint, CharacterClass wanted)
{
    const auto c = static_cast<UChar32>(codePoint);
    const auto numeric = u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE);
    switch (wanted) {
    case CharacterClass::Alpha:
        return u_isalpha(c) != 0;
    case CharacterClass::Digit:
        return numeric == U_NT_DIGIT || numeric == U_NT_DECIMAL;
    case CharacterClass::Decimal:
        return numeric == U_NT_DECIMAL;
    case CharacterClass::Alphanumeric:
        return u_isalpha(c) != 0 || numeric != U_NT_NONE;
    default:
        return false;
    }
}

} // namespace

std::size_t spaceLength(std::string_view text, std::size_t at)
{
    return text[at] >= '\x1c' && text[at] <= '\x1f' ? 1 : whiteSpaceLength(text, at);
}

std::string_view strip(std::string_view text, Side side, std::optional<std::string_view> characters)
{
    const auto strips = [&](std::size_t at, std::size_t length) {
        return characters ? characters->find(text.substr(at, length)) != std::string_view::npos
                          : spaceLength(text, at) > 0;
    };
    while (side != Side::Right && !text.empty()) {
        const std::size_t length = codePointAt(text, 0).bytes;
        if (!strips(0, length))
            break;
        text.remove_prefix(length);
    }
    while (side != Side::Left && !text.empty()) {
        const std::size_t at = before(text, text.size());
        if (!strips(at, text.size() - at))
            break;
        text = text.substr(0, at);
    }
    return text;
}

std::vector<std::string_view> split(std::string_view text, std::optional<std::string_view> separator, std::int64_t most)
{
    std::vector<std::string_view> parts;
    if (!separator)
        text = strip(text, Side::Left);
    while (most != 0 && !(text.empty() && !separator)) {
        std::size_t end = separator ? text.find(*separator) : 0;
        while (!separator && end < text.size() && spaceLength(text, end) == 0)
            end += codePointAt(text, end).bytes;
        if (end >= text.size()) // npos included
            break;
        parts.push_back(text.substr(0, end));
        text = separator ? text.substr(end + separator->size()) : strip(text.substr(end), Side::Left);
        --most;
    }
    if (separator || !text.empty())
        parts.push_back(text);
    return parts;
}

std::vector<std::string_view> splitFromRight(
    std::string_view text, std::optional<std::string_view> separator, std::int64_t most)
{
    std::vector<std::string_view> parts;
    if (!separator)
        text = strip(text, Side::Right);
    while (most != 0 && !text.empty()) {
        std::size_t begin = separator ? text.rfind(*separator) : text.size();
        while (!separator && begin > 0 && spaceLength(text, before(text, begin)) == 0)
            begin = before(text, begin);
        if (begin == std::string_view::npos || (!separator && begin == 0))
            break;
        parts.push_back(text.substr(separator ? begin + separator->size() : begin));
        text = separator ? text.substr(0, begin) : strip(text.substr(0, begin), Side::Right);
        --most;
    }
    if (separator || !text.empty())
        parts.push_back(text);
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<std::string_view> splitLines(std::string_view text, bool keepEnds)
{
    std::vector<std::string_view> lines;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = lineEndLength(text, at);
        if (end > 0) {
            lines.push_back(text.substr(begin, at - begin + (keepEnds ? end : 0)));
            begin = at + end;
        }
        at += std::max<std::size_t>(end, 1);
    }
    if (begin < text.size())
        lines.push_back(text.substr(begin));
    return lines;
}

std::size_t count(std::string_view text, std::string_view part)
{
    if (part.empty())
        return countCodePoints(text) + 1;
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

std::string inCase(std::string_view text, Case wanted)
{
    if (wanted == Case::Title)
        return inTitleCase(text);
    if (wanted == Case::Capitalized) {
        if (text.empty())
            return "";
        // The rest keeps its context: a final sigma looks at the letters before it.
        const CodePoint first = codePointAt(text, 0);
        const std::string whole = inCase(text, Case::Lower);
        const std::string begin = inCase(text.substr(0, first.bytes), Case::Lower);
        return titled(first.value) + whole.substr(begin.size());
    }
    icu::UnicodeString all = fromUtf8(text);
    return toUtf8(wanted == Case::Upper ? all.toUpper(icu::Locale::getRoot()) : all.toLower(icu::Locale::getRoot()));
}

bool consistsOf(std::string_view text, CharacterClass wanted)
{
    bool cased = false;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint one = codePointAt(text, at);
        const auto c = static_cast<UChar32>(one.value);
        if (wanted == CharacterClass::Space) {
            if (spaceLength(text, at) == 0)
                return false;
        } else if (wanted == CharacterClass::Lower || wanted == CharacterClass::Upper) {
            const bool upper = u_isUUppercase(c) != 0 || u_istitle(c) != 0;
            if (wanted == CharacterClass::Lower ? upper : u_isULowercase(c) != 0 || u_istitle(c) != 0)
                return false;
            cased = cased || (wanted == CharacterClass::Lower ? u_isULowercase(c) != 0 : upper);
        } else if (!isOf(one.value, wanted)) {
            return false;
        }
        at += one.bytes;
    }
    return wanted == CharacterClass::Lower || wanted == CharacterClass::Upper ? cased : !text.empty();
}

bool isPrintable(char32_t codePoint)
{
    if (codePoint == ' ')
        return true;
    constexpr std::uint32_t hidden = U_GC_C_MASK | U_GC_Z_MASK;
    return (U_GET_GC_MASK(static_cast<UChar32>(codePoint)) & hidden) == 0;
}

} // namespace ahascope::text::jinja
