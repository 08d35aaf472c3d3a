// Operands: literals, names and brackets, and what may follow them without an operator.
#include <algorithm>

#include "core/text/jinja/expression_height.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/parser.h"
#include "core/text/jinja/value_tests.h"

namespace ahascope::text::jinja {

ExpressionPtr Parser::readPrimary(bool withNamespace)
{
    if (isOperator("["))
        return readList();
    if (isOperator("{"))
        return readDict();
    const Token token = take();
    switch (token.kind) {
    case TokenKind::Integer:
        return make(token.line, 0, Constant{Value::integer(token.integer)});
    case TokenKind::Float:
        return make(token.line, 0, Constant{Value::number(token.number)});
    case TokenKind::Text: {
        std::string text = token.text;
        while (current().kind == TokenKind::Text)
            text += take().text;
        return make(token.line, 0, Constant{Value::text(std::move(text))});
    }
    case TokenKind::Name: {
        const std::string& name = token.text;
        if (name == "true" || name == "True" || name == "false" || name == "False")
            return make(token.line, 0, Constant{Value::boolean(name == "true" || name == "True")});
        if (name == "none" || name == "None")
            return make(token.line, 0, Constant{Value::none()});
        if (withNamespace && skipOperator("."))
            return make(token.line, 0, NamespaceTarget{name, expectName()});
        m_usesCaller |= name == "caller";
        m_usesPositional |= name == "varargs";
        m_usesNamed |= name == "kwargs";
        return make(token.line, 0, Name{name});
    }
    default:
        if (token.kind != TokenKind::Operator || token.text != "(")
            fail("an expression is expected"
                    + (token.kind == TokenKind::Operator ? ", not \"" + token.text + "\"" : std::string()),
                token.line);
        ExpressionPtr inside = readTuple({.inParentheses = true});
        expectOperator(")");
        return inside;
    }
}

ExpressionPtr Parser::readList()
{
    const int line = take().line;
    ListLiteral list;
    while (!isOperator("]")) {
        if (!list.items.empty())
            expectOperator(",");
        if (isOperator("]"))
            break;
        list.items.push_back(readExpression());
    }
    expectOperator("]");
    const int below = height(list.items);
    return make(line, below, std::move(list));
}

ExpressionPtr Parser::readDict()
{
    const int line = take().line;
    DictLiteral dict;
    int below = 0;
    while (!isOperator("}")) {
        if (!dict.entries.empty())
            expectOperator(",");
        if (isOperator("}"))
            break;
        ExpressionPtr key = readExpression();
        expectOperator(":");
        ExpressionPtr value = readExpression();
        below = std::max({below, height(key), height(value)});
        dict.entries.emplace_back(std::move(key), std::move(value));
    }
    expectOperator("}");
    return make(line, below, std::move(dict));
}

ExpressionPtr Parser::readPostfix(ExpressionPtr value)
{
    while (true) {
        if (isOperator(".") || isOperator("[")) {
            value = readSubscript(std::move(value));
        } else if (isOperator("(")) {
            value = readCallOf(std::move(value));
        } else {
            return value;
        }
    }
}

ExpressionPtr Parser::readFilters(ExpressionPtr value)
{
    while (true) {
        if (isOperator("|")) {
            value = readFilter(std::move(value));
        } else if (isName("is")) {
            value = readTest(std::move(value));
        } else if (isOperator("(")) {
            value = readCallOf(std::move(value));
        } else {
            return value;
        }
    }
}

ExpressionPtr Parser::readCallOf(ExpressionPtr callee)
{
    const int line = current().line;
    CallArguments arguments = readArguments();
    const int below = std::max(height(callee), height(arguments));
    return make(line, below, Call{std::move(callee), std::move(arguments)});
}

ExpressionPtr Parser::readFilter(ExpressionPtr value)
{
    take(); // the |, or the word of a {% filter %} tag
    const int line = current().line;
    std::string name = expectName();
    if (!isKnownFilter(name))
        fail("there is no filter " + name, line, filterRemedy(name));
    CallArguments arguments;
    if (isOperator("("))
        arguments = readArguments();
    const int below = std::max(height(value), height(arguments));
    return make(line, below, Filter{std::move(value), std::move(name), std::move(arguments)});
}

ExpressionPtr Parser::readTest(ExpressionPtr value)
{
    const int line = take().line;
    const bool negated = skipName("not");
    std::string name = expectName();
    if (!isKnownTest(name))
        fail("there is no test " + name, line, testRemedy(name));
    CallArguments arguments;
    const auto beginsArgument = [&] {
        const TokenKind kind = current().kind;
        if (kind == TokenKind::Name)
            return !isNameOf({"else", "or", "and"});
        return kind == TokenKind::Text || kind == TokenKind::Integer || kind == TokenKind::Float || isOperator("[")
            || isOperator("{");
    };
    if (isOperator("(")) {
        arguments = readArguments();
    } else if (beginsArgument()) {
        if (isName("is"))
            fail("tests cannot be chained with is");
        arguments.positional.push_back(readPostfix(readPrimary(false)));
    }
    int below = std::max(height(value), height(arguments));
    ExpressionPtr test = make(line, below, Test{std::move(value), std::move(name), std::move(arguments)});
    below = height(test);
    return negated ? make(line, below, Unary{UnaryOperator::Not, std::move(test)}) : std::move(test);
}

ExpressionPtr Parser::readSubscript(ExpressionPtr value)
{
    const Token sign = take();
    const int below = height(value);
    if (sign.text == "[")
        return readIndex(std::move(value), sign.line);
    const Token name = take();
    if (name.kind == TokenKind::Name)
        return make(sign.line, below, Attribute{std::move(value), name.text});
    if (name.kind != TokenKind::Integer)
        fail("a name or a number is expected after the dot", name.line);
    return make(sign.line, below, Item{std::move(value), make(name.line, 0, Constant{Value::integer(name.integer)})});
}

// [index], [start:stop:step], of which every part may be missing, or [a, b], which is a tuple.
ExpressionPtr Parser::readIndex(ExpressionPtr value, int line)
{
    std::vector<ExpressionPtr> parts;
    bool slice = false;
    const auto ends = [&] { return isOperator(":") || isOperator("]") || isOperator(","); };
    parts.push_back(ends() ? nullptr : readExpression());
    while (parts.size() < 3 && skipOperator(":")) {
        slice = true;
        parts.push_back(ends() ? nullptr : readExpression());
    }
    TupleLiteral several;
    while (!slice && parts.front() != nullptr && isOperator(",")) {
        take();
        if (isOperator("]"))
            break;
        parts.push_back(readExpression());
    }
    expectOperator("]");
    if (!slice && parts.front() == nullptr)
        fail("an index is expected", line);
    const int below = std::max(height(value), height(parts));
    if (slice) {
        parts.resize(3);
        return make(
            line, below, Slice{std::move(value), std::move(parts[0]), std::move(parts[1]), std::move(parts[2])});
    }
    if (parts.size() == 1)
        return make(line, below, Item{std::move(value), std::move(parts.front())});
    return make(line, below + 1, Item{std::move(value), make(line, below, TupleLiteral{std::move(parts)})});
}

CallArguments Parser::readArguments()
{
    const int line = take().line;
    CallArguments arguments;
    const auto ensure = [&](bool right) {
        if (!right)
            fail("the arguments of a call are out of order", line);
    };
    bool first = true;
    while (!isOperator(")")) {
        if (!first)
            expectOperator(",");
        if (isOperator(")"))
            break;
        first = false;
        if (skipOperator("*")) {
            ensure(arguments.unpacked == nullptr && arguments.unpackedNamed == nullptr);
            arguments.unpacked = readExpression();
        } else if (skipOperator("**")) {
            ensure(arguments.unpackedNamed == nullptr);
            arguments.unpackedNamed = readExpression();
        } else if (current().kind == TokenKind::Name && next().kind == TokenKind::Operator && next().text == "=") {
            ensure(arguments.unpackedNamed == nullptr);
            std::string name = take().text;
            take();
            arguments.named.emplace_back(std::move(name), readExpression());
        } else {
            ensure(arguments.unpacked == nullptr && arguments.unpackedNamed == nullptr && arguments.named.empty());
            arguments.positional.push_back(readExpression());
        }
    }
    expectOperator(")");
    return arguments;
}

} // namespace ahascope::text::jinja
