// The bounds that keep the parser, and whoever walks its tree, from overflowing the stack.
#pragma once

#include "core/text/jinja/parser.h"

namespace ahascope::text::jinja {

constexpr int DeepestNesting = 200; // of brackets, operators without brackets, and blocks
constexpr int HighestTree = 300;    // a chain of operators makes a tree as high as it is long

class Parser::Nested {
public:
    explicit Nested(Parser& parser) : m_parser(parser)
    {
        if (++m_parser.m_nesting > DeepestNesting) {
            --m_parser.m_nesting;
            m_parser.fail("nests more than " + std::to_string(DeepestNesting) + " deep");
        }
    }
    ~Nested() { --m_parser.m_nesting; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

private:
    Parser& m_parser;
};

} // namespace ahascope::text::jinja
