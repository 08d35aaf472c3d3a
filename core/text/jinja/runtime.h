// What one rendering owns: its budget, its date, and the objects of a template that change.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/text/jinja/syntax.h"
#include "core/text/jinja/value.h"

namespace ahascope::text::jinja {

// The names of one block of a template and where those around it are.
struct Scope {
    explicit Scope(std::shared_ptr<Scope> outside = nullptr) : parent(std::move(outside)) { }
    std::shared_ptr<Scope> parent;
    std::vector<std::pair<std::string, Value>> names;
};

struct Macro {
    const MacroDefinition* definition = nullptr;
    std::shared_ptr<Scope> scope; // where it was defined
};

// The variable loop of a {% for %}.
struct Loop {
    std::vector<Value> items;
    std::int64_t index0 = 0;
    std::int64_t depth0 = 0;
    std::vector<Value> lastChanged = {};
    bool hasChanged = false;
    const For* recursive = nullptr; // what calling the variable renders
    int line = 1;
    std::shared_ptr<Scope> scope = {};
};

struct Runtime {
    Budget budget;
    std::chrono::sys_days today;

    std::deque<Namespace> namespaces = {};
    std::deque<Generator> generators = {};
    std::deque<Loop> loops = {};
    std::deque<Macro> macros = {};

    Value generator(std::vector<Value> items)
    {
        generators.push_back({std::move(items)});
        return {&generators.back()};
    }
};

// Every item, as iterating over the value in Python gives them. Throws Fault for what cannot be iterated over.
std::vector<Value> itemsOf(const Value& value, Runtime& runtime);
// object.name and object[index] of the sandbox: undefined when there is neither.
Value attributeOf(const Value& object, const std::string& name, Runtime& runtime);
Value itemOf(const Value& object, const Value& index, Runtime& runtime);
// len(); throws Fault for what has none.
std::int64_t lengthOf(const Value& value, Runtime& runtime);

} // namespace ahascope::text::jinja
