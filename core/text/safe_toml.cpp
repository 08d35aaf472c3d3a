#include "core/text/safe_toml.h"

namespace ahascope::text {

namespace {

constexpr int mostDottedParts = 256;

bool mayStandInDottedKey(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
        || c == '"' || c == '\'' || c == ' ' || c == '\t';
}

// Counts dots that only characters of keys lie between; texts with that many are refused along.
bool hasEndlessKey(std::string_view text)
{
    int parts = 0;
    for (const char c : text) {
        if (c == '.') {
            if (++parts > mostDottedParts) {
                return true;
            }
        } else if (!mayStandInDottedKey(c)) {
            parts = 0;
        }
    }
    return false;
}

} // namespace

void refuseToml()
{
    throw toml::parse_error("this is not TOML", toml::source_position{1, 1}, nullptr);
}

toml::table parseToml(std::string_view text)
{
    if (hasEndlessKey(text)) {
        throw toml::parse_error("a key has more than 256 parts", toml::source_position{1, 1}, nullptr);
    }
    return toml::parse(text);
}

} // namespace ahascope::text
