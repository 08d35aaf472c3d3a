#include "core/text/jinja/parser.h"

#include <algorithm>

#include "core/text/jinja/parser_nesting.h"

namespace ahascope::text::jinja {

namespace {

std::string described(const Token& token)
{
    switch (token.kind) {
    case TokenKind::Data:
        return "text";
    case TokenKind::VariableBegin:
        return "{{";
    case TokenKind::VariableEnd:
        return "}}";
    case TokenKind::BlockBegin:
        return "{%";
    case TokenKind::BlockEnd:
        return "%}";
    case TokenKind::End:
        return "the end of the template";
    default:
        return "\"" + token.text.substr(0, 40) + "\"";
    }
}

} // namespace

void Parser::fail(const std::string& message, int line, const std::string& remedy) const
{
    throw Fault(message, remedy, line > 0 ? line : current().line);
}

Token Parser::take()
{
    Token token = current();
    if (token.kind != TokenKind::End)
        ++m_at;
    return token;
}

bool Parser::isOperator(std::string_view sign) const
{
    return current().kind == TokenKind::Operator && current().text == sign;
}

bool Parser::isName(std::string_view name) const
{
    return current().kind == TokenKind::Name && current().text == name;
}

bool Parser::isNameOf(Words names) const
{
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return isName(name); });
}

bool Parser::skipOperator(std::string_view sign)
{
    const bool found = isOperator(sign);
    m_at += found ? 1 : 0;
    return found;
}

bool Parser::skipName(std::string_view name)
{
    const bool found = isName(name);
    m_at += found ? 1 : 0;
    return found;
}

void Parser::expectOperator(std::string_view sign)
{
    if (!skipOperator(sign))
        fail("\"" + std::string(sign) + "\" is expected, not " + described(current()));
}

void Parser::expect(TokenKind kind)
{
    if (current().kind != kind)
        fail(described({kind}) + " is expected, not " + described(current()));
    take();
}

std::string Parser::expectName()
{
    if (current().kind != TokenKind::Name)
        fail("a name is expected, not " + described(current()));
    return take().text;
}

Body Parser::parse()
{
    return readUntil({});
}

// Up to a tag that begins with one of `ends`, which stays.
Body Parser::readUntil(Words ends)
{
    const Nested nested(*this);
    Body body;
    while (current().kind != TokenKind::End) {
        const Token token = take();
        if (token.kind == TokenKind::Data) {
            body.push_back({token.line, Text{token.text}});
        } else if (token.kind == TokenKind::VariableBegin) {
            body.push_back({token.line, Output{readTuple({})}});
            expect(TokenKind::VariableEnd);
        } else {
            if (isNameOf(ends))
                return body;
            body.push_back(readStatement());
            expect(TokenKind::BlockEnd);
        }
    }
    if (ends.size() > 0)
        fail("the template ends before {% " + std::string(ends.begin()[ends.size() - 1]) + " %}");
    return body;
}

// What stands between the end of a tag and the tag of one of `ends`.
Body Parser::readBody(Words ends)
{
    skipOperator(":");
    expect(TokenKind::BlockEnd);
    return readUntil(ends);
}

Statement Parser::readStatement()
{
    const int line = current().line;
    const std::string tag = expectName();
    if (tag == "set")
        return readSet(line);
    if (tag == "for")
        return readFor(line);
    if (tag == "if")
        return readIf(line);
    if (tag == "macro")
        return readMacro(line);
    if (tag == "call")
        return readCall(line);
    if (tag == "filter")
        return readFilterBlock(line);
    if (tag == "with")
        return readWith(line);
    if (tag == "generation")
        return readGeneration(line);
    if (tag == "break" || tag == "continue") {
        --m_at;
        return readLoopControl(line);
    }
    if (tag == "print")
        return {line, Output{readTuple({})}};
    constexpr std::string_view known[] = {"block", "extends", "include", "import", "from", "autoescape"};
    if (std::find(std::begin(known), std::end(known), tag) != std::end(known))
        fail("{% " + tag + " %} is not supported in chat templates", line, "a chat template is one file of its own");
    fail("{% " + tag.substr(0, 40) + " %} is not a tag that belongs here", line);
}

Statement Parser::readSet(int line)
{
    ExpressionPtr target = readTarget(true, "");
    if (m_loops > 0 && std::holds_alternative<Name>(target->node) && std::get<Name>(target->node).name == "loop")
        fail("the variable loop cannot be set inside a loop", line);
    if (skipOperator("="))
        return {line, Set{std::move(target), readTuple({})}};
    SetBlock set{std::move(target), {}, {}};
    while (isOperator("|"))
        set.filter = readFilter(std::move(set.filter));
    set.body = readBody({"endset"});
    take();
    return {line, std::move(set)};
}

Statement Parser::readFor(int line)
{
    For loop;
    loop.target = readTarget(false, "in");
    if (!skipName("in"))
        fail("\"in\" is expected after the variable of a loop");
    loop.iterable = readTuple({.conditional = false, .end = "recursive"});
    if (skipName("if"))
        loop.condition = readExpression();
    loop.recursive = skipName("recursive");
    ++m_loops;
    loop.body = readBody({"else", "endfor"});
    --m_loops;
    if (take().text == "else") {
        loop.otherwise = readBody({"endfor"});
        take();
    }
    return {line, std::move(loop)};
}

Statement Parser::readIf(int line)
{
    If node;
    std::string tag;
    do {
        ExpressionPtr condition = readTuple({.conditional = false});
        Body body = readBody({"elif", "else", "endif"});
        node.branches.emplace_back(std::move(condition), std::move(body));
        tag = take().text;
    } while (tag == "elif");
    if (tag == "else") {
        node.otherwise = readBody({"endif"});
        take();
    }
    return {line, std::move(node)};
}

Statement Parser::readMacro(int line)
{
    MacroDefinition macro;
    macro.name = expectName();
    readParameters(macro);
    readMacroBody(macro, "endmacro");
    return {line, std::move(macro)};
}

Statement Parser::readCall(int line)
{
    CallBlock block;
    if (isOperator("("))
        readParameters(block.caller);
    block.call = readExpression();
    if (!std::holds_alternative<Call>(block.call->node))
        fail("{% call %} wants a call", line);
    readMacroBody(block.caller, "endcall");
    return {line, std::move(block)};
}

void Parser::readParameters(MacroDefinition& macro)
{
    expectOperator("(");
    while (!isOperator(")")) {
        if (!macro.parameters.empty())
            expectOperator(",");
        const int line = current().line;
        std::string name = expectName();
        ExpressionPtr fallback;
        if (skipOperator("="))
            fallback = readExpression();
        else if (!macro.parameters.empty() && macro.parameters.back().second != nullptr)
            fail("the parameter " + name + " has no default, unlike the one before it", line);
        if (std::any_of(macro.parameters.begin(), macro.parameters.end(), [&](auto& p) { return p.first == name; }))
            fail("two parameters are called " + name, line);
        macro.parameters.emplace_back(std::move(name), std::move(fallback));
    }
    expectOperator(")");
}

void Parser::readMacroBody(MacroDefinition& macro, std::string_view end)
{
    const auto has = [&](std::string_view name) {
        return std::any_of(macro.parameters.begin(), macro.parameters.end(), [&](auto& p) { return p.first == name; });
    };
    const bool outer[] = {m_usesCaller, m_usesPositional, m_usesNamed};
    const int loops = std::exchange(m_loops, 0);
    m_usesCaller = m_usesPositional = m_usesNamed = false;
    macro.body = readBody({end});
    take();
    macro.usesCaller = m_usesCaller && !has("caller");
    macro.usesPositional = m_usesPositional && !has("varargs");
    macro.usesNamed = m_usesNamed && !has("kwargs");
    m_loops = loops;
    m_usesCaller |= outer[0];
    m_usesPositional |= outer[1];
    m_usesNamed |= outer[2];
}

Statement Parser::readFilterBlock(int line)
{
    FilterBlock block;
    --m_at; // {% filter name %}: the tag's word stands where a | would
    block.filter = readFilter(nullptr);
    while (isOperator("|"))
        block.filter = readFilter(std::move(block.filter));
    block.body = readBody({"endfilter"});
    take();
    return {line, std::move(block)};
}

Statement Parser::readWith(int line)
{
    With with;
    while (current().kind != TokenKind::BlockEnd) {
        if (!with.variables.empty())
            expectOperator(",");
        ExpressionPtr target = readTarget(false, "");
        expectOperator("=");
        with.variables.emplace_back(std::move(target), readExpression());
    }
    with.body = readBody({"endwith"});
    take();
    return {line, std::move(with)};
}

Statement Parser::readGeneration(int line)
{
    const int loops = std::exchange(m_loops, 0); // its body is a function of its own
    Generation block{readBody({"endgeneration"})};
    take();
    m_loops = loops;
    return {line, std::move(block)};
}

Statement Parser::readLoopControl(int line)
{
    const std::string tag = take().text;
    if (m_loops == 0)
        fail("{% " + tag + " %} stands outside of a loop", line);
    if (tag == "break")
        return {line, Break{}};
    return {line, Continue{}};
}

ExpressionPtr Parser::readTarget(bool withNamespace, std::string_view end)
{
    ExpressionPtr target = readTuple({.simple = true, .withNamespace = withNamespace, .end = end});
    checkTarget(*target);
    return target;
}

void Parser::checkTarget(const Expression& target) const
{
    if (const auto* tuple = std::get_if<TupleLiteral>(&target.node)) {
        for (const ExpressionPtr& item : tuple->items)
            checkTarget(*item);
    } else if (!std::holds_alternative<Name>(target.node) && !std::holds_alternative<NamespaceTarget>(target.node)) {
        fail("only names can be set", target.line);
    }
}

} // namespace ahascope::text::jinja
