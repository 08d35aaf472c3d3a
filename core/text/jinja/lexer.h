// A Jinja template as tokens, with trim_blocks and lstrip_blocks as transformers sets them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ahascope::text::jinja {

enum class TokenKind {
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End
};

struct Token {
    TokenKind kind = TokenKind::End;
    int line = 1;
    std::string text = {}; // of data, names, operators; of a text literal without its escapes
    std::int64_t integer = 0;
    double number = 0;
};

// The last token is End. `source` is well-formed UTF-8. Throws Fault with the line.
std::vector<Token> tokenize(std::string_view source);

} // namespace ahascope::text::jinja
