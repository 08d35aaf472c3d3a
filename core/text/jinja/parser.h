// Tokens to the tree of a template, as Jinja's grammar has it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/jinja/lexer.h"
#include "core/text/jinja/syntax.h"

namespace ahascope::text::jinja {

// Reads one template. Every failure is a Fault with its line.
class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : m_tokens(std::move(tokens)) { }
    Body parse();

private:
    using Words = std::initializer_list<std::string_view>;

    // The stream of tokens.
    const Token& current() const { return m_tokens[m_at]; }
    const Token& next() const { return m_tokens[std::min(m_at + 1, m_tokens.size() - 1)]; }
    Token take();
    bool isOperator(std::string_view sign) const;
    bool isName(std::string_view name) const;
    bool isNameOf(Words names) const;
    bool skipOperator(std::string_view sign);
    bool skipName(std::string_view name);
    void expectOperator(std::string_view sign);
    void expect(TokenKind kind);
    std::string expectName();
    [[noreturn]] void fail(const std::string& message, int line = 0, const std::string& remedy = "") const;

    // Statements (parser.cpp).
    Body readUntil(Words ends);
    Body readBody(Words ends);
    Statement readStatement();
    Statement readSet(int line);
    Statement readFor(int line);
    Statement readIf(int line);
    Statement readMacro(int line);
    Statement readCall(int line);
    Statement readFilterBlock(int line);
    Statement readWith(int line);
    Statement readGeneration(int line);
    Statement readLoopControl(int line);
    void readParameters(MacroDefinition& macro);
    void readMacroBody(MacroDefinition& macro, std::string_view end);
    ExpressionPtr readTarget(bool withNamespace, std::string_view end);
    void checkTarget(const Expression& target) const;

    // Operators (parse_operators.cpp), from the loosest to the tightest.
    enum class Precedence { Or, And, Not, Comparison, Sum, Concatenation, Product, Power, Unary };
    struct BinarySign;
    struct TupleOptions {
        bool conditional = true; // a if b else c may stand in it
        bool simple = false;     // names and literals only: a target
        bool withNamespace = false;
        bool inParentheses = false;
        std::string_view end = {}; // a name that ends it
    };
    ExpressionPtr readTuple(TupleOptions options);
    ExpressionPtr readExpression() { return readConditional(); }
    ExpressionPtr readConditional();
    ExpressionPtr readOperation(Precedence loosest);
    ExpressionPtr readBinary(Precedence precedence);
    const BinarySign* binarySign(Precedence precedence) const; // that stands here
    ExpressionPtr readNot();
    ExpressionPtr readComparison();
    ExpressionPtr readConcatenation();
    ExpressionPtr readUnary(bool withFilters);

    // Operands (parse_operands.cpp).
    ExpressionPtr readPrimary(bool withNamespace);
    ExpressionPtr readList();
    ExpressionPtr readDict();
    ExpressionPtr readPostfix(ExpressionPtr value);
    ExpressionPtr readFilters(ExpressionPtr value);
    ExpressionPtr readFilter(ExpressionPtr value);
    ExpressionPtr readTest(ExpressionPtr value);
    ExpressionPtr readCallOf(ExpressionPtr callee);
    ExpressionPtr readSubscript(ExpressionPtr value);
    ExpressionPtr readIndex(ExpressionPtr value, int line);
    CallArguments readArguments();

    // `below`: the height of the highest child, taken before the children move into the node.
    ExpressionPtr make(int line, int below, decltype(Expression::node) node) const;

    class Nested;

    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_nesting = 0;
    int m_loops = 0;           // that a break would leave
    bool m_usesCaller = false; // names seen since the macro being read began
    bool m_usesPositional = false;
    bool m_usesNamed = false;
};

} // namespace ahascope::text::jinja
