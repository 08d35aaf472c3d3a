// The tokens of arithmetic as people and models write it: ASCII, typographic and full-width operators, LaTeX.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/reward/rational.h"
#include "core/text/completion_parser.h"

namespace ahascope::reward {

enum class TokenKind {
    Number,
    HugeNumber, // more than 18 digits
    Plus,
    Minus,
    Times,
    Divide,
    Open,
    Close,
    Fraction, // \frac
    BraceOpen,
    BraceClose,
    Equals,
    Separator, // , ; or a line end: between the steps of a chain
    Word       // anything else
};

struct Token {
    TokenKind kind = TokenKind::Word;
    Rational value; // of a Number; decimals are exact
    text::Span at;  // bytes
};

// Every token of the text; white space, $, `, \( \) \[ \] \left \right and LaTeX spaces are skipped. Linear, any bytes.
std::vector<Token> tokenizeExpression(std::string_view text);

} // namespace ahascope::reward
