#include "core/text/jinja/text_literal.h"

#include <cstdint>
#include <cstdio>

#include "core/text/jinja/budget.h"
#include "core/text/jinja/python_string.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

constexpr std::string_view letters = "abfnrtv\\'\"";
constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";

int digitOf(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

// `digits` digits from `at` on; fewer are enough when `least` says so.
char32_t number(std::string_view literal, std::size_t& at, std::size_t digits, std::size_t least, int base)
{
    std::uint32_t value = 0;
    std::size_t read = 0;
    while (read < digits && at < literal.size() && digitOf(literal[at]) < base) {
        value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digitOf(literal[at]));
        ++at;
        ++read;
    }
    if (read < least)
        throw Fault("an escape in a text has too few digits");
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        throw Fault("an escape in a text names no character");
    return value;
}

} // namespace

std::string withoutEscapes(std::string_view literal)
{
    std::string text;
    for (std::size_t at = 0; at < literal.size();) {
        if (literal[at] != '\\' || at + 1 >= literal.size()) {
            text += literal[at++];
            continue;
        }
        const char c = literal[at + 1];
        at += 2;
        if (const std::size_t found = letters.find(c); found != std::string_view::npos) {
            text += meanings[found];
        } else if (c == 'x' || c == 'u' || c == 'U') {
            const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
            appendUtf8(text, number(literal, at, digits, digits, 16));
        } else if (c >= '0' && c <= '7') {
            --at;
            appendUtf8(text, number(literal, at, 3, 1, 8));
        } else if (c == 'N') {
            throw Fault("the escape \\N{...} is not supported", "write \\u and the number of the character");
        } else if (c != '\n') { // which goes on with the text on the next line
            text += '\\';
            text += c;
        }
    }
    return text;
}

std::string quoted(std::string_view text)
{
    const bool apostrophe = text.find('\'') != std::string_view::npos;
    const char quote = apostrophe && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string result(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint one = codePointAt(text, at);
        const char c = text[at];
        char escape[16];
        if (c == quote || c == '\\')
            result += {'\\', c};
        else if (c == '\n' || c == '\r' || c == '\t')
            result += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        else if (isPrintable(one.value))
            result += text.substr(at, one.bytes);
        else {
            const char* format = one.value < 0x100 ? "\\x%02x" : one.value < 0x10000 ? "\\u%04x" : "\\U%08x";
            std::snprintf(escape, sizeof escape, format, static_cast<unsigned>(one.value));
            result += escape;
        }
        at += one.bytes;
    }
    result += quote;
    return result;
}

} // namespace ahascope::text::jinja
