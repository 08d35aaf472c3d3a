// Walks the tree of a template and writes its text. One rendering, one interpreter.
#pragma once

#include <memory>
#include <string>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

class Interpreter {
public:
    Interpreter(const Entries& variables, const Limits& limits, std::chrono::sys_days today);

    // Throws Fault, always with the line.
    std::string render(const Body& body);

private:
    enum class Flow { Normal, Break, Continue };
    using ScopePtr = std::shared_ptr<Scope>;
    class Inside; // a scope, as long as it lives

    Flow run(const Body& body);
    Flow execute(const Text& node);
    Flow execute(const Output& node);
    Flow execute(const Set& node);
    Flow execute(const SetBlock& node);
    Flow execute(const For& node);
    Flow execute(const If& node);
    Flow execute(const MacroDefinition& node);
    Flow execute(const CallBlock& node);
    Flow execute(const FilterBlock& node);
    Flow execute(const With& node);
    Flow execute(const Generation& node);
    Flow execute(const Break&) { return Flow::Break; }
    Flow execute(const Continue&) { return Flow::Continue; }

    // What a body writes, in place of writing it.
    struct Captured {
        std::string text;
        Flow flow;
    };
    Captured capture(const Body& body);
    Flow loop(const For& node, const Value& iterable, std::int64_t depth, const ScopePtr& scope);
    std::vector<Value> passing(const For& node, std::vector<Value> items, const ScopePtr& scope);
    void assign(const Expression& target, const Value& value);
    void setName(const std::string& name, Value value);
    void checkNamespaces(const Expression& target);

    Value evaluate(const Expression& expression);
    Value evaluateOr(const ExpressionPtr& expression, Value absent);
    Value value(const Constant& node) { return node.value; }
    Value value(const Name& node);
    Value value(const TupleLiteral& node);
    Value value(const ListLiteral& node);
    Value value(const DictLiteral& node);
    Value value(const Attribute& node);
    Value value(const Item& node);
    Value value(const Slice& node);
    Value value(const Call& node);
    Value value(const Filter& node);
    Value value(const Test& node);
    Value value(const Unary& node);
    Value value(const Binary& node);
    Value value(const Concatenation& node);
    Value value(const Comparisons& node);
    Value value(const Conditional& node);
    Value value(const NamespaceTarget& node);
    std::vector<Value> valuesOf(const std::vector<ExpressionPtr>& expressions);
    Arguments argumentsOf(const CallArguments& arguments);
    // A chain of filters of which the innermost has no input: it takes `text`.
    Value filterBlock(const Expression& filter, const Value& text);

    Value call(const Value& callee, const Arguments& arguments);
    Value callMacro(const Macro& macro, const Arguments& arguments);
    void bindParameters(const Macro& macro, Arguments arguments);

    Runtime m_runtime;
    ScopePtr m_scope;
    std::string m_output;
    int m_line = 1;
    const Value* m_blockText = nullptr; // input of the filter on a block
};

} // namespace ahascope::text::jinja
