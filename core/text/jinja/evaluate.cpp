// Expressions and calls.
#include <algorithm>

#include "core/text/jinja/filters.h"
#include "core/text/jinja/globals.h"
#include "core/text/jinja/interpreter.h"
#include "core/text/jinja/methods.h"
#include "core/text/jinja/operators.h"
#include "core/text/jinja/python_text.h"
#include "core/text/jinja/scope.h"
#include "core/text/jinja/text_literal.h"
#include "core/text/jinja/value_tests.h"

namespace ahascope::text::jinja {

Value Interpreter::evaluate(const Expression& expression)
{
    const Budget::Level level(m_runtime.budget);
    m_runtime.budget.step();
    m_line = expression.line;
    return std::visit([&](const auto& node) { return value(node); }, expression.node);
}

Value Interpreter::evaluateOr(const ExpressionPtr& expression, Value absent)
{
    return expression != nullptr ? evaluate(*expression) : absent;
}

Value Interpreter::value(const Name& node)
{
    for (const Scope* scope = m_scope.get(); scope != nullptr; scope = scope->parent.get()) {
        m_runtime.budget.step();
        for (const auto& [name, value] : scope->names) {
            if (name == node.name)
                return value;
        }
    }
    const auto global = globalValue(node.name);
    return global ? *global : Value::undefined(quoted(node.name) + " is undefined");
}

std::vector<Value> Interpreter::valuesOf(const std::vector<ExpressionPtr>& expressions)
{
    m_runtime.budget.make(expressions.size(), sizeof(Value));
    std::vector<Value> values;
    for (const ExpressionPtr& expression : expressions)
        values.push_back(evaluate(*expression));
    return values;
}

Value Interpreter::value(const TupleLiteral& node)
{
    return Value::tuple(valuesOf(node.items));
}

Value Interpreter::value(const ListLiteral& node)
{
    return Value::list(valuesOf(node.items));
}

Value Interpreter::value(const DictLiteral& node)
{
    Entries entries;
    for (const auto& [key, item] : node.entries) {
        Value name = evaluate(*key);
        put(entries, std::move(name), evaluate(*item), m_runtime.budget);
    }
    return Value::dict(std::move(entries));
}

Value Interpreter::value(const Attribute& node)
{
    return attributeOf(evaluate(*node.object), node.name, m_runtime);
}

Value Interpreter::value(const Item& node)
{
    const Value object = evaluate(*node.object);
    return itemOf(object, evaluate(*node.index), m_runtime);
}

Value Interpreter::value(const Slice& node)
{
    const Value object = evaluate(*node.object);
    const Value start = evaluateOr(node.start, Value::none());
    const Value stop = evaluateOr(node.stop, Value::none());
    return sliced(object, start, stop, evaluateOr(node.step, Value::none()), m_runtime);
}

Value Interpreter::value(const Filter& node)
{
    const Value input = node.input != nullptr ? evaluate(*node.input) : *m_blockText;
    return applyFilter(node.name, input, argumentsOf(node.arguments), m_runtime);
}

Value Interpreter::filterBlock(const Expression& filter, const Value& text)
{
    const Value* outside = std::exchange(m_blockText, &text);
    const Value result = evaluate(filter);
    m_blockText = outside;
    return result;
}

Value Interpreter::value(const Test& node)
{
    const Value input = evaluate(*node.input);
    return Value::boolean(applyTest(node.name, input, argumentsOf(node.arguments), m_runtime));
}

Value Interpreter::value(const Unary& node)
{
    const Value operand = evaluate(*node.operand);
    if (node.op == UnaryOperator::Not)
        return Value::boolean(!truth(operand));
    return node.op == UnaryOperator::Minus ? negative(operand) : positive(operand);
}

Value Interpreter::value(const Binary& node)
{
    Value left = evaluate(*node.left);
    if (node.op == BinaryOperator::And || node.op == BinaryOperator::Or)
        return truth(left) == (node.op == BinaryOperator::Or) ? left : evaluate(*node.right);
    return arithmetic(node.op, left, evaluate(*node.right), m_runtime);
}

Value Interpreter::value(const Concatenation& node)
{
    std::string text;
    for (const Value& part : valuesOf(node.parts))
        m_runtime.budget.append(text, toText(part, m_runtime.budget));
    return Value::text(std::move(text));
}

Value Interpreter::value(const Comparisons& node)
{
    Value left = evaluate(*node.first);
    for (const auto& [comparison, operand] : node.rest) {
        Value right = evaluate(*operand);
        if (!compares(comparison, left, right, m_runtime))
            return Value::boolean(false);
        left = std::move(right);
    }
    return Value::boolean(true);
}

Value Interpreter::value(const Conditional& node)
{
    if (truth(evaluate(*node.condition)))
        return evaluate(*node.value);
    return evaluateOr(node.otherwise, Value::undefined("the condition of an if without else does not hold"));
}

Value Interpreter::value(const NamespaceTarget& node)
{
    return attributeOf(value(Name{node.space}), node.name, m_runtime);
}

Arguments Interpreter::argumentsOf(const CallArguments& arguments)
{
    Arguments result;
    result.positional = valuesOf(arguments.positional);
    for (const auto& [name, argument] : arguments.named)
        result.named.emplace_back(name, evaluate(*argument));
    if (arguments.unpacked != nullptr) {
        for (Value& item : itemsOf(evaluate(*arguments.unpacked), m_runtime))
            result.positional.push_back(std::move(item));
    }
    if (arguments.unpackedNamed != nullptr) {
        const Value named = evaluate(*arguments.unpackedNamed);
        if (named.asDict() == nullptr)
            throw Fault("** wants a dictionary, not a " + std::string(typeName(named)));
        for (const auto& [name, argument] : named.asDict()->entries) {
            if (name.asText() == nullptr)
                throw Fault("** wants names as keys");
            m_runtime.budget.make(1, sizeof(Value) + sizeof(std::string));
            result.named.emplace_back(*name.asText(), argument);
        }
    }
    return result;
}

Value Interpreter::value(const Call& node)
{
    const int line = m_line;
    const Value callee = evaluate(*node.callee);
    const Arguments arguments = argumentsOf(node.arguments);
    m_line = line;
    return call(callee, arguments);
}

Value Interpreter::call(const Value& callee, const Arguments& arguments)
{
    if (const auto* method = callee.as<std::shared_ptr<const Method>>())
        return callMethod(**method, arguments, m_runtime);
    if (const Function* function = callee.as<Function>())
        return callFunction(*function, arguments, m_runtime);
    if (const auto* macro = callee.as<const Macro*>())
        return callMacro(**macro, arguments);
    if (const Undefined* undefined = callee.as<Undefined>())
        throw Fault(*undefined->reason);
    if (const auto* state = callee.as<Loop*>()) {
        const Loop& current = **state;
        if (current.recursive == nullptr)
            throw Fault("only a loop that is marked recursive can be called");
        if (arguments.positional.size() != 1 || !arguments.named.empty())
            throw Fault("a loop is called with what to iterate over");
        const Budget::Level level(m_runtime.budget);
        std::string outside = std::exchange(m_output, {});
        loop(*current.recursive, arguments.positional.front(), current.depth0 + 1, current.scope);
        return Value::text(std::exchange(m_output, std::move(outside)));
    }
    throw Fault("a " + std::string(typeName(callee)) + " cannot be called");
}

Value Interpreter::callMacro(const Macro& macro, const Arguments& arguments)
{
    const Budget::Level level(m_runtime.budget);
    const int line = m_line;
    const Inside inside(*this, macro.scope);
    bindParameters(macro, arguments);
    Captured captured = capture(macro.definition->body);
    m_line = line;
    return Value::text(std::move(captured.text));
}

void Interpreter::bindParameters(const Macro& macro, Arguments arguments)
{
    const MacroDefinition& definition = *macro.definition;
    const std::string who = definition.name.empty() ? "caller" : definition.name;
    const auto takeNamed = [&](std::string_view name) -> std::optional<Value> {
        const auto found = std::find_if(
            arguments.named.begin(), arguments.named.end(), [&](const auto& one) { return one.first == name; });
        if (found == arguments.named.end())
            return std::nullopt;
        Value taken = found->second;
        arguments.named.erase(found);
        return taken;
    };
    std::vector<Value>& positional = arguments.positional;
    const std::size_t bound = std::min(positional.size(), definition.parameters.size());
    std::vector<std::optional<Value>> given(
        positional.begin(), positional.begin() + static_cast<std::ptrdiff_t>(bound));
    for (std::size_t i = bound; i < definition.parameters.size(); ++i)
        given.push_back(takeNamed(definition.parameters[i].first));
    if (definition.usesCaller)
        setName("caller", takeNamed("caller").value_or(Value::undefined("no caller is defined")));
    Entries rest;
    for (const auto& [name, value] : arguments.named) {
        if (!definition.usesNamed)
            throw Fault(who + " has no parameter " + name.substr(0, 80));
        put(rest, Value::text(name), value, m_runtime.budget);
    }
    if (definition.usesNamed)
        setName("kwargs", Value::dict(std::move(rest)));
    positional.erase(positional.begin(), positional.begin() + static_cast<std::ptrdiff_t>(bound));
    if (definition.usesPositional)
        setName("varargs", Value::tuple(positional));
    else if (!positional.empty())
        throw Fault(who + " takes at most " + std::to_string(definition.parameters.size()) + " arguments");
    for (std::size_t i = 0; i < definition.parameters.size(); ++i) {
        const auto& [name, fallback] = definition.parameters[i];
        setName(name,
            given[i] ? *given[i]
                     : evaluateOr(fallback, Value::undefined("the parameter " + quoted(name) + " was not given")));
    }
}

} // namespace ahascope::text::jinja
