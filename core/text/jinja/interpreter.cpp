// Statements.
#include "core/text/jinja/interpreter.h"

#include <algorithm>

#include "core/text/jinja/python_text.h"
#include "core/text/jinja/scope.h"

namespace ahascope::text::jinja {

Interpreter::Interpreter(const Entries& variables, const Limits& limits, std::chrono::sys_days today)
    : m_runtime{Budget(limits), today}
    , m_scope(std::make_shared<Scope>())
{
    for (const auto& [name, value] : variables)
        setName(*name.asText(), value);
}

std::string Interpreter::render(const Body& body)
{
    try {
        run(body);
    } catch (const Fault& fault) {
        if (fault.line() > 0)
            throw;
        throw Fault(fault.what(), fault.remedy(), m_line);
    }
    return std::move(m_output);
}

Interpreter::Flow Interpreter::run(const Body& body)
{
    const Budget::Level level(m_runtime.budget);
    for (const Statement& statement : body) {
        m_runtime.budget.step();
        m_line = statement.line;
        const Flow flow = std::visit([&](const auto& node) { return execute(node); }, statement.node);
        if (flow != Flow::Normal)
            return flow;
    }
    return Flow::Normal;
}

Interpreter::Captured Interpreter::capture(const Body& body)
{
    std::string outside = std::exchange(m_output, {});
    const Flow flow = run(body);
    return {std::exchange(m_output, std::move(outside)), flow};
}

Interpreter::Flow Interpreter::execute(const Text& node)
{
    m_runtime.budget.append(m_output, node.text);
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Output& node)
{
    const Value value = evaluate(*node.value);
    m_runtime.budget.append(m_output, value.asText() != nullptr ? *value.asText() : toText(value, m_runtime.budget));
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const Set& node)
{
    checkNamespaces(*node.target);
    assign(*node.target, evaluate(*node.value));
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const SetBlock& node)
{
    Value value;
    {
        const Inside inside(*this, m_scope);
        Captured captured = capture(node.body);
        if (captured.flow != Flow::Normal)
            return captured.flow;
        value = Value::text(std::move(captured.text));
        if (node.filter != nullptr)
            value = filterBlock(*node.filter, value);
    }
    assign(*node.target, value);
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const FilterBlock& node)
{
    const Inside inside(*this, m_scope);
    Captured captured = capture(node.body);
    if (captured.flow == Flow::Normal)
        m_runtime.budget.append(
            m_output, toText(filterBlock(*node.filter, Value::text(std::move(captured.text))), m_runtime.budget));
    return captured.flow;
}

Interpreter::Flow Interpreter::execute(const If& node)
{
    for (const auto& [condition, body] : node.branches) {
        if (truth(evaluate(*condition)))
            return run(body);
    }
    return run(node.otherwise);
}

Interpreter::Flow Interpreter::execute(const For& node)
{
    const Value iterable = evaluate(*node.iterable);
    if (!node.recursive)
        return loop(node, iterable, 0, m_scope);
    // Called again for every level, it renders into a text of its own.
    std::string outside = std::exchange(m_output, {});
    loop(node, iterable, 0, m_scope);
    const std::string text = std::exchange(m_output, std::move(outside));
    m_runtime.budget.append(m_output, text);
    return Flow::Normal;
}

// The items that the condition of the loop lets through.
std::vector<Value> Interpreter::passing(const For& node, std::vector<Value> items, const ScopePtr& scope)
{
    if (node.condition == nullptr)
        return items;
    std::vector<Value> passed;
    for (Value& item : items) {
        const Inside inside(*this, scope);
        assign(*node.target, item);
        if (truth(evaluate(*node.condition)))
            passed.push_back(std::move(item));
    }
    return passed;
}

Interpreter::Flow Interpreter::loop(const For& node, const Value& iterable, std::int64_t depth, const ScopePtr& scope)
{
    const int line = m_line;
    Loop state{passing(node, itemsOf(iterable, m_runtime), scope)};
    state.depth0 = depth;
    state.recursive = node.recursive ? &node : nullptr;
    state.scope = scope;
    m_runtime.budget.make(1, sizeof(Loop));
    m_runtime.loops.push_back(std::move(state));
    Loop& current = m_runtime.loops.back();
    bool ran = false;
    for (; current.index0 < static_cast<std::int64_t>(current.items.size()); ++current.index0) {
        m_line = line;
        m_runtime.budget.step();
        const Inside inside(*this, scope);
        setName("loop", Value{&current});
        assign(*node.target, current.items[static_cast<std::size_t>(current.index0)]);
        const Flow flow = run(node.body);
        if (flow == Flow::Break)
            break;
        ran = ran || flow == Flow::Normal; // as in Jinja, an iteration that is cut short does not count for else
    }
    if (ran || node.otherwise.empty())
        return Flow::Normal;
    const Inside inside(*this, scope);
    return run(node.otherwise);
}

Interpreter::Flow Interpreter::execute(const MacroDefinition& node)
{
    m_runtime.budget.make(1, sizeof(Macro));
    m_runtime.macros.push_back({&node, m_scope});
    setName(node.name, Value{static_cast<const Macro*>(&m_runtime.macros.back())});
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const CallBlock& node)
{
    m_runtime.budget.make(1, sizeof(Macro));
    m_runtime.macros.push_back({&node.caller, m_scope});
    const Value caller{static_cast<const Macro*>(&m_runtime.macros.back())};
    const Call& called = std::get<Call>(node.call->node);
    const Value callee = evaluate(*called.callee);
    Arguments arguments = argumentsOf(called.arguments);
    arguments.named.emplace_back("caller", caller);
    m_runtime.budget.append(m_output, toText(call(callee, arguments), m_runtime.budget));
    return Flow::Normal;
}

Interpreter::Flow Interpreter::execute(const With& node)
{
    std::vector<Value> values;
    for (const auto& [target, value] : node.variables)
        values.push_back(evaluate(*value));
    const Inside inside(*this, m_scope);
    for (std::size_t i = 0; i < values.size(); ++i)
        assign(*node.variables[i].first, values[i]);
    return run(node.body);
}

Interpreter::Flow Interpreter::execute(const Generation& node)
{
    const Inside inside(*this, m_scope);
    return run(node.body);
}

void Interpreter::setName(const std::string& name, Value value)
{
    for (auto& [known, old] : m_scope->names) {
        if (known == name) {
            old = std::move(value);
            return;
        }
    }
    m_runtime.budget.make(1, sizeof(Value) + sizeof(std::string));
    m_scope->names.emplace_back(name, std::move(value));
}

void Interpreter::checkNamespaces(const Expression& target)
{
    if (const auto* tuple = std::get_if<TupleLiteral>(&target.node)) {
        for (const ExpressionPtr& item : tuple->items)
            checkNamespaces(*item);
    } else if (const auto* attribute = std::get_if<NamespaceTarget>(&target.node)) {
        if (!value(Name{attribute->space}).is<Namespace*>())
            throw Fault("an attribute can only be set on a namespace, and " + attribute->space + " is none",
                "write {% set " + attribute->space + " = namespace() %} first");
    }
}

void Interpreter::assign(const Expression& target, const Value& assigned)
{
    m_runtime.budget.step();
    if (const auto* name = std::get_if<Name>(&target.node)) {
        setName(name->name, assigned);
    } else if (const auto* tuple = std::get_if<TupleLiteral>(&target.node)) {
        const std::vector<Value> items = itemsOf(assigned, m_runtime);
        if (items.size() != tuple->items.size())
            throw Fault(std::to_string(items.size()) + " values cannot be set to " + std::to_string(tuple->items.size())
                + " names");
        for (std::size_t i = 0; i < items.size(); ++i)
            assign(*tuple->items[i], items[i]);
    } else {
        const auto& attribute = std::get<NamespaceTarget>(target.node);
        if (attribute.name.starts_with('_'))
            throw Fault("an attribute of a namespace must not begin with _: " + attribute.name);
        auto& attributes = (*value(Name{attribute.space}).as<Namespace*>())->attributes;
        const auto found = std::find_if(
            attributes.begin(), attributes.end(), [&](auto& one) { return one.first == attribute.name; });
        if (found != attributes.end()) {
            found->second = assigned;
        } else {
            m_runtime.budget.make(1, sizeof(Value) + sizeof(std::string));
            attributes.emplace_back(attribute.name, assigned);
        }
    }
}

} // namespace ahascope::text::jinja
