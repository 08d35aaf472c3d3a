// Values of a template as Python has them. They are immutable, as in Jinja's immutable sandbox, so none can hold
// itself; what changes while a template runs (namespaces, generators, loops) belongs to the Runtime and is pointed at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/text/jinja/budget.h"

namespace ahascope::text::jinja {

struct Value;
struct Namespace;
struct Generator;
struct Loop;
struct Macro;
struct Method;

struct None { };
// The value of a name or attribute that is not there: empty as text, false, an error in arithmetic.
struct Undefined {
    std::shared_ptr<const std::string> reason; // "'x' is undefined"
};
enum class Function { Range, MakeDict, MakeNamespace, RaiseException, StrftimeNow, Cycler, Joiner, Lipsum };

enum class SequenceKind { List, Tuple, Range, DictKeys, DictValues, DictItems };
struct Sequence {
    SequenceKind kind = SequenceKind::List;
    std::vector<Value> items;
    int depth = 1; // of nested containers
};
// In the order of insertion; keys are unique.
struct Dict {
    std::vector<std::pair<Value, Value>> entries;
    int depth = 1;
};

struct Value {
    using Data = std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const std::string>,
        std::shared_ptr<const Sequence>, std::shared_ptr<const Dict>, Function, std::shared_ptr<const Method>,
        const Macro*, Namespace*, Generator*, Loop*>;
    Data data;

    static Value undefined(std::string reason);
    static Value none() { return {None{}}; }
    static Value boolean(bool value) { return {value}; }
    static Value integer(std::int64_t value) { return {value}; }
    static Value number(double value) { return {value}; }
    static Value text(std::string value);
    // Throw Fault when containers nest deeper than 100.
    static Value sequence(SequenceKind kind, std::vector<Value> items);
    static Value list(std::vector<Value> items) { return sequence(SequenceKind::List, std::move(items)); }
    static Value tuple(std::vector<Value> items) { return sequence(SequenceKind::Tuple, std::move(items)); }
    static Value dict(std::vector<std::pair<Value, Value>> entries);

    template <typename T>
    bool is() const
    {
        return std::holds_alternative<T>(data);
    }
    template <typename T>
    const T* as() const
    {
        return std::get_if<T>(&data);
    }
    bool isUndefined() const { return is<Undefined>(); }
    bool isNone() const { return is<None>(); }
    const std::string* asText() const { return pointee<std::string>(); }
    const Sequence* asSequence() const { return pointee<Sequence>(); }
    const Dict* asDict() const { return pointee<Dict>(); }
    // An integer, or a boolean as Python counts it.
    std::optional<std::int64_t> asInteger() const;
    // Any number.
    std::optional<double> asNumber() const;
    bool isSequence(SequenceKind kind) const { return asSequence() != nullptr && asSequence()->kind == kind; }

private:
    template <typename T>
    const T* pointee() const
    {
        const auto* held = std::get_if<std::shared_ptr<const T>>(&data);
        return held != nullptr ? held->get() : nullptr;
    }
};

using Entries = std::vector<std::pair<Value, Value>>;

// value.name for a name that its Python type has: the object and what is called.
struct Method {
    Value object;
    std::string name;
};
struct Namespace {
    std::vector<std::pair<std::string, Value>> attributes;
};
// Gives its items once.
struct Generator {
    std::vector<Value> items;
    std::size_t next = 0;
};

struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

// Python's name of the type: "str", "dict".
std::string_view typeName(const Value& value);
bool truth(const Value& value);
// a == b, which never fails.
bool equal(const Value& a, const Value& b, Budget& budget);
// Negative, 0 or positive; nothing where Python raises TypeError or the numbers are unordered.
std::optional<int> compare(const Value& a, const Value& b, Budget& budget);
// Whether it can be the key of a dictionary, as in Python.
bool isHashable(const Value& value);
// Null when there is none. Throws Fault for a key that cannot be hashed.
const Value* find(const Dict& dict, const Value& key, Budget& budget);
const Value* find(const Dict& dict, std::string_view key, Budget& budget);
// Sets or replaces, keeping the place of an old key.
void put(Entries& entries, Value key, Value value, Budget& budget);

} // namespace ahascope::text::jinja
