// Operators by their precedence.
#include <algorithm>

#include "core/text/jinja/expression_height.h"
#include "core/text/jinja/parser.h"
#include "core/text/jinja/parser_nesting.h"

namespace ahascope::text::jinja {

ExpressionPtr Parser::make(int line, int below, decltype(Expression::node) node) const
{
    if (below >= HighestTree)
        fail("an expression chains more than " + std::to_string(HighestTree) + " operations", line);
    return std::make_unique<Expression>(Expression{line, below + 1, std::move(node)});
}

ExpressionPtr Parser::readTuple(TupleOptions options)
{
    const int line = current().line;
    TupleLiteral tuple;
    bool several = false;
    const auto ends = [&] {
        return current().kind == TokenKind::VariableEnd || current().kind == TokenKind::BlockEnd || isOperator(")")
            || (!options.end.empty() && isName(options.end));
    };
    const auto readOne = [&] {
        if (options.simple)
            return readPrimary(options.withNamespace);
        return options.conditional ? readConditional() : readOperation(Precedence::Or);
    };
    while (true) {
        if (!tuple.items.empty())
            expectOperator(",");
        if (ends())
            break;
        tuple.items.push_back(readOne());
        if (!isOperator(","))
            break;
        several = true;
    }
    if (!several && !tuple.items.empty())
        return std::move(tuple.items.front());
    if (!several && !options.inParentheses)
        fail("an expression is expected");
    const int below = height(tuple.items);
    return make(line, below, std::move(tuple));
}

ExpressionPtr Parser::readConditional()
{
    const Nested nested(*this);
    const int line = current().line;
    ExpressionPtr value = readOperation(Precedence::Or);
    while (skipName("if")) {
        ExpressionPtr condition = readOperation(Precedence::Or);
        ExpressionPtr otherwise;
        if (skipName("else"))
            otherwise = readConditional();
        const int below = std::max({height(condition), height(value), height(otherwise)});
        value = make(line, below, Conditional{std::move(condition), std::move(value), std::move(otherwise)});
    }
    return value;
}

// Not, comparisons and ~ have readers of their own; the rest is one table.
struct Parser::BinarySign {
    Precedence precedence;
    TokenKind kind;
    std::string_view text;
    BinaryOperator op;
};

const Parser::BinarySign* Parser::binarySign(Precedence precedence) const
{
    static constexpr BinarySign signs[] = {
        {Precedence::Or, TokenKind::Name, "or", BinaryOperator::Or},
        {Precedence::And, TokenKind::Name, "and", BinaryOperator::And},
        {Precedence::Sum, TokenKind::Operator, "+", BinaryOperator::Add},
        {Precedence::Sum, TokenKind::Operator, "-", BinaryOperator::Subtract},
        {Precedence::Product, TokenKind::Operator, "*", BinaryOperator::Multiply},
        {Precedence::Product, TokenKind::Operator, "/", BinaryOperator::Divide},
        {Precedence::Product, TokenKind::Operator, "//", BinaryOperator::FloorDivide},
        {Precedence::Product, TokenKind::Operator, "%", BinaryOperator::Modulo},
        {Precedence::Power, TokenKind::Operator, "**", BinaryOperator::Power},
    };
    const auto sign = std::find_if(std::begin(signs), std::end(signs), [&](const BinarySign& one) {
        return one.precedence == precedence && one.kind == current().kind && one.text == current().text;
    });
    return sign != std::end(signs) ? sign : nullptr;
}

ExpressionPtr Parser::readOperation(Precedence loosest)
{
    switch (loosest) {
    case Precedence::Not:
        return readNot();
    case Precedence::Comparison:
        return readComparison();
    case Precedence::Concatenation:
        return readConcatenation();
    case Precedence::Unary:
        return readUnary(true);
    default:
        return readBinary(loosest);
    }
}

ExpressionPtr Parser::readBinary(Precedence precedence)
{
    const auto tighter = static_cast<Precedence>(static_cast<int>(precedence) + 1);
    ExpressionPtr left = readOperation(tighter);
    while (const BinarySign* sign = binarySign(precedence)) {
        const int line = take().line;
        ExpressionPtr right = readOperation(tighter);
        const int below = std::max(height(left), height(right));
        left = make(line, below, Binary{sign->op, std::move(left), std::move(right)});
    }
    return left;
}

ExpressionPtr Parser::readNot()
{
    if (!isName("not"))
        return readOperation(Precedence::Comparison);
    const Nested nested(*this);
    const int line = take().line;
    ExpressionPtr operand = readNot();
    const int below = height(operand);
    return make(line, below, Unary{UnaryOperator::Not, std::move(operand)});
}

ExpressionPtr Parser::readComparison()
{
    static constexpr std::pair<std::string_view, Comparison> signs[]
        = {{"==", Comparison::Equal}, {"!=", Comparison::NotEqual}, {"<", Comparison::Less},
            {"<=", Comparison::LessOrEqual}, {">", Comparison::Greater}, {">=", Comparison::GreaterOrEqual}};
    const int line = current().line;
    ExpressionPtr first = readOperation(Precedence::Sum);
    Comparisons chain;
    int below = height(first);
    while (true) {
        const auto sign
            = std::find_if(std::begin(signs), std::end(signs), [&](const auto& one) { return isOperator(one.first); });
        Comparison comparison = Comparison::In;
        if (sign != std::end(signs)) {
            comparison = sign->second;
            take();
        } else if (isName("not") && next().kind == TokenKind::Name && next().text == "in") {
            comparison = Comparison::NotIn;
            m_at += 2;
        } else if (!skipName("in")) {
            break;
        }
        chain.rest.emplace_back(comparison, readOperation(Precedence::Sum));
        below = std::max(below, height(chain.rest.back().second));
    }
    if (chain.rest.empty())
        return first;
    chain.first = std::move(first);
    return make(line, below, std::move(chain));
}

ExpressionPtr Parser::readConcatenation()
{
    const int line = current().line;
    Concatenation concatenation;
    do {
        concatenation.parts.push_back(readOperation(Precedence::Product));
    } while (skipOperator("~"));
    if (concatenation.parts.size() == 1)
        return std::move(concatenation.parts.front());
    const int below = height(concatenation.parts);
    return make(line, below, std::move(concatenation));
}

ExpressionPtr Parser::readUnary(bool withFilters)
{
    const Nested nested(*this);
    ExpressionPtr value;
    if (isOperator("-") || isOperator("+")) {
        const Token sign = take();
        ExpressionPtr operand = readUnary(false);
        const int below = height(operand);
        const auto op = sign.text == "-" ? UnaryOperator::Minus : UnaryOperator::Plus;
        value = make(sign.line, below, Unary{op, std::move(operand)});
    } else {
        value = readPrimary(false);
    }
    value = readPostfix(std::move(value));
    return withFilters ? readFilters(std::move(value)) : std::move(value);
}

} // namespace ahascope::text::jinja
