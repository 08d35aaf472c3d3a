#include "core/store/search_text.h"

#include <algorithm>
#include <array>

#include "core/text/utf8.h"

namespace ahascope::store {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Blocks of scripts that are written without spaces, or whose words readers look for in parts (Hangul).
constexpr std::array<Range, 13> unspaced = {{
    {0x0e00, 0x0eff},  // Thai, Lao
    {0x1000, 0x109f},  // Myanmar
    {0x1100, 0x11ff},  // Hangul jamo
    {0x1780, 0x17ff},  // Khmer
    {0x2e80, 0x2fdf},  // radicals
    {0x3005, 0x3007},  // iteration mark, zero
    {0x3040, 0x318f},  // kana, bopomofo, Hangul compatibility jamo
    {0x31a0, 0x31ff},  // bopomofo and kana extensions
    {0x3400, 0x9fff},  // Han
    {0xac00, 0xd7ff},  // Hangul syllables
    {0xf900, 0xfaff},  // Han compatibility
    {0xff66, 0xff9f},  // half-width kana
    {0x20000, 0x3ffff} // Han extensions
}};

bool isUnspaced(char32_t value)
{
    return value >= unspaced.front().first && std::any_of(unspaced.begin(), unspaced.end(), [&](const Range& range) {
        return value >= range.first && value <= range.last;
    });
}

bool isAscii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

// Whether unicode61 would find a word in it; beyond ASCII that is assumed.
bool isSearchable(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char byte) {
        auto value = static_cast<unsigned char>(byte);
        return value >= 0x80 || (value >= '0' && value <= '9') || ((value | 0x20) >= 'a' && (value | 0x20) <= 'z');
    });
}

void appendPhrase(std::string& query, std::string_view phrase, bool isBeginning)
{
    if (!isSearchable(phrase))
        return;
    query += query.empty() ? "\"" : " AND \"";
    for (char byte : toSearchText(phrase))
        if (byte != '"' && byte != '\0')
            query += byte;
    query += isBeginning ? "\" *" : "\"";
}

} // namespace

std::string toSearchText(std::string_view text)
{
    if (isAscii(text))
        return std::string(text);
    std::string spaced;
    spaced.reserve(text.size() + text.size() / 2);
    for (std::size_t at = 0; at < text.size();) {
        text::CodePoint point = text::codePointAt(text, at);
        bool apart = isUnspaced(point.value);
        if (apart)
            spaced += ' ';
        if (point.wellFormed)
            spaced += text.substr(at, point.bytes);
        if (apart || !point.wellFormed)
            spaced += ' ';
        at += point.bytes;
    }
    return spaced;
}

std::string toSearchQuery(std::string_view words)
{
    constexpr std::size_t longestQuery = 4096; // bytes; more is no person's search
    words = words.substr(0, longestQuery);
    std::string query;
    for (std::size_t at = 0; at < words.size();) {
        bool quoted = words[at] == '"';
        if (quoted)
            ++at;
        std::size_t end = std::min(words.find_first_of(quoted ? "\"" : " \t\n\"", at), words.size());
        std::string_view phrase = words.substr(at, end - at);
        bool isBeginning = !quoted && phrase.ends_with('*');
        if (isBeginning)
            phrase.remove_suffix(1);
        appendPhrase(query, phrase, isBeginning);
        at = quoted ? end + 1 : std::max(end, words.find_first_not_of(" \t\n", end));
        if (at == std::string_view::npos)
            break;
    }
    return query;
}

} // namespace ahascope::store
