#include "core/reward/expression.h"

#include <algorithm>
#include <optional>

namespace ahascope::reward {

namespace {

// Recursive descent, evaluating as it reads. Every function returns none once m_error is set.
class Parser {
public:
    explicit Parser(std::span<const Token> tokens) : m_tokens(tokens) { }

    std::optional<Expression> side()
    {
        m_expression = {};
        const auto value = sum();
        if (!value) {
            return std::nullopt;
        }
        m_expression.value = *value;
        return std::move(m_expression);
    }

    bool take(TokenKind kind)
    {
        if (m_at < m_tokens.size() && m_tokens[m_at].kind == kind) {
            ++m_at;
            return true;
        }
        return false;
    }

    bool atEnd() const { return m_at == m_tokens.size(); }
    const std::string& error() const { return m_error; }

    std::nullopt_t fail(const char* message)
    {
        if (m_error.empty()) {
            m_error = message;
        }
        return std::nullopt;
    }

private:
    using Value = std::optional<Rational>;

    void did(Operation operation) { m_expression.postfix.push_back(operation); }

    Value fitting(Value value)
    {
        if (!value) {
            return fail("has a number in it that is too large");
        }
        return value;
    }

    Value sum()
    {
        Value value = product();
        while (value) {
            const bool plus = take(TokenKind::Plus);
            if (!plus && !take(TokenKind::Minus)) {
                break;
            }
            m_expression.hasOperator = true;
            const Value right = product();
            if (!right) {
                return std::nullopt;
            }
            did(plus ? Operation::Add : Operation::Subtract);
            value = fitting(plus ? add(*value, *right) : subtract(*value, *right));
        }
        return value;
    }

    Value product()
    {
        Value value = signedAtom();
        while (value) {
            const bool times = take(TokenKind::Times);
            if (!times && !take(TokenKind::Divide)) {
                break;
            }
            m_expression.hasOperator = true;
            const Value right = signedAtom();
            if (!right) {
                return std::nullopt;
            }
            did(times ? Operation::Multiply : Operation::Divide);
            value = times ? fitting(multiply(*value, *right)) : quotient(*value, *right);
        }
        return value;
    }

    Value quotient(Rational a, Rational b)
    {
        if (b.numerator == 0) {
            return fail("divides by zero");
        }
        return fitting(divide(a, b));
    }

    Value signedAtom()
    {
        bool negative = false;
        std::size_t signs = 0;
        while (true) {
            if (take(TokenKind::Minus)) {
                negative = !negative;
            } else if (!take(TokenKind::Plus)) {
                break;
            }
            if (++signs > deepestExpression) {
                return fail("has too many signs in a row");
            }
        }
        const bool literal = m_at < m_tokens.size() && m_tokens[m_at].kind == TokenKind::Number;
        const Value value = atom();
        if (!value || !negative) {
            return value;
        }
        if (literal) {
            m_expression.operands.back().negated = true;
        }
        did(Operation::Negate);
        return negate(*value);
    }

    Value atom()
    {
        if (m_at < m_tokens.size() && m_tokens[m_at].kind == TokenKind::Number) {
            const Rational value = m_tokens[m_at++].value;
            m_expression.operands.push_back({value, false});
            did(Operation::Take);
            return value;
        }
        if (take(TokenKind::Open)) {
            return enclosed(TokenKind::Close);
        }
        if (take(TokenKind::Fraction)) {
            return fraction();
        }
        if (m_at < m_tokens.size() && m_tokens[m_at].kind == TokenKind::HugeNumber) {
            return fail("has a number in it that is too large");
        }
        return fail(atEnd() ? "ends where a number should follow" : "is not a plain expression of + - * / and ( )");
    }

    Value enclosed(TokenKind close)
    {
        if (m_depth == deepestExpression) {
            return fail("is nested too deeply");
        }
        ++m_depth;
        const Value value = sum();
        --m_depth;
        if (value && !take(close)) {
            return fail("has a parenthesis that is not closed");
        }
        return value;
    }

    Value fraction()
    {
        if (!take(TokenKind::BraceOpen)) {
            return fail("has \\frac without {");
        }
        const Value above = enclosed(TokenKind::BraceClose);
        if (!above) {
            return std::nullopt;
        }
        if (!take(TokenKind::BraceOpen)) {
            return fail("has \\frac without {");
        }
        const Value below = enclosed(TokenKind::BraceClose);
        m_expression.hasOperator = true;
        did(Operation::Divide);
        return below ? quotient(*above, *below) : std::nullopt;
    }

    std::span<const Token> m_tokens;
    std::size_t m_at = 0;
    std::size_t m_depth = 0;
    Expression m_expression;
    std::string m_error;
};

} // namespace

std::variant<Statement, ExpressionError> parseStatement(std::span<const Token> tokens)
{
    if (tokens.empty()) {
        return ExpressionError{"is empty"};
    }
    if (tokens.size() > mostExpressionTokens) {
        return ExpressionError{"is too long"};
    }
    Parser parser(tokens);
    Statement statement;
    statement.at = {tokens.front().at.begin, tokens.back().at.end};
    do {
        auto side = parser.side();
        if (!side) {
            return ExpressionError{parser.error()};
        }
        statement.sides.push_back(std::move(*side));
    } while (parser.take(TokenKind::Equals));
    if (!parser.atEnd()) {
        return ExpressionError{"is not a plain expression of + - * / and ( )"};
    }
    return statement;
}

std::variant<std::vector<Statement>, ExpressionError> parseChain(std::span<const Token> tokens)
{
    if (tokens.size() > mostExpressionTokens) {
        return ExpressionError{"is too long"};
    }
    std::vector<Statement> chain;
    for (auto begin = tokens.begin(); begin != tokens.end();) {
        const auto end
            = std::find_if(begin, tokens.end(), [](const Token& token) { return token.kind == TokenKind::Separator; });
        if (begin != end) {
            auto parsed = parseStatement({begin, end});
            if (auto* error = std::get_if<ExpressionError>(&parsed)) {
                return std::move(*error);
            }
            chain.push_back(std::move(std::get<Statement>(parsed)));
        }
        begin = end == tokens.end() ? end : end + 1;
    }
    if (chain.empty()) {
        return ExpressionError{"is empty"};
    }
    return chain;
}

} // namespace ahascope::reward
