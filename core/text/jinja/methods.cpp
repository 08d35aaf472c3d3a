#include "core/text/jinja/methods.h"

#include <algorithm>

#include "core/text/jinja/operators.h"
#include "core/text/jinja/parameters.h"
#include "core/text/jinja/text_methods.h"

namespace ahascope::text::jinja {

namespace {

using Names = std::vector<std::string_view>;

const Names& methodsOf(const Value& object)
{
    static const Names text{"capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
        "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier",
        "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip",
        "maketrans", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition",
        "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper",
        "zfill"};
    static const Names dict{
        "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"};
    static const Names list{
        "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"};
    static const Names tuple{"count", "index"};
    static const Names range{"count", "index", "start", "step", "stop"};
    static const Names view{"isdisjoint", "mapping"};
    static const Names integer{"as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes",
        "imag", "numerator", "real", "to_bytes"};
    static const Names number{"as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"};
    static const Names generator{"close", "send", "throw"};
    static const Names loop{"changed", "cycle"};
    static const Names none{};
    if (const Sequence* sequence = object.asSequence())
        return sequence->kind == SequenceKind::List ? list
            : sequence->kind == SequenceKind::Tuple ? tuple
            : sequence->kind == SequenceKind::Range ? range
                                                    : view;
    return object.asText() != nullptr    ? text
        : object.asDict() != nullptr     ? dict
        : object.asInteger().has_value() ? integer
        : object.asNumber().has_value()  ? number
        : object.is<Generator*>()        ? generator
        : object.is<Loop*>()             ? loop
                                         : none;
}

bool contains(const Names& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<Value> onDict(const Value& object, const std::string& name, const Arguments& arguments, Runtime& runtime)
{
    const Dict& dict = *object.asDict();
    if (name == "get") {
        const Parameters given("get", arguments, {"key", "default"}, 1);
        const Value* found = find(dict, *given.at(0), runtime.budget);
        return found != nullptr ? *found : given.given(1) ? *given.at(1) : Value::none();
    }
    if (name == "copy")
        return object;
    if (name != "items" && name != "keys" && name != "values")
        return std::nullopt;
    Parameters(name, arguments, {});
    std::vector<Value> items;
    for (const auto& [key, value] : dict.entries) {
        runtime.budget.make(1, 4 * sizeof(Value));
        items.push_back(name == "items" ? Value::tuple({key, value}) : name == "keys" ? key : value);
    }
    return Value::sequence(name == "items" ? SequenceKind::DictItems
            : name == "keys"               ? SequenceKind::DictKeys
                                           : SequenceKind::DictValues,
        std::move(items));
}

std::optional<Value> onSequence(
    const Value& object, const std::string& name, const Arguments& arguments, Runtime& runtime)
{
    const std::vector<Value>& items = object.asSequence()->items;
    if (name == "copy")
        return object;
    if (name != "count" && name != "index")
        return std::nullopt;
    const Parameters given(name, arguments, {"value"}, 1);
    const auto same = [&](const Value& item) { return equal(item, *given.at(0), runtime.budget); };
    if (name == "count")
        return Value::integer(std::count_if(items.begin(), items.end(), same));
    const auto found = std::find_if(items.begin(), items.end(), same);
    if (found == items.end())
        throw Fault("index: the value is not in the list");
    return Value::integer(found - items.begin());
}

std::optional<Value> onLoop(Loop& loop, const std::string& name, const Arguments& arguments, Runtime& runtime)
{
    if (!arguments.named.empty())
        throw Fault("loop." + name + " takes no named arguments");
    if (name == "cycle") {
        if (arguments.positional.empty())
            throw Fault("loop.cycle wants the values to go through");
        return arguments.positional[static_cast<std::size_t>(loop.index0) % arguments.positional.size()];
    }
    const std::vector<Value>& now = arguments.positional;
    const bool same = loop.hasChanged && now.size() == loop.lastChanged.size()
        && std::equal(now.begin(), now.end(), loop.lastChanged.begin(),
            [&](const Value& a, const Value& b) { return equal(a, b, runtime.budget); });
    loop.lastChanged = now;
    loop.hasChanged = true;
    return Value::boolean(!same);
}

} // namespace

bool hasMethod(const Value& object, const std::string& name)
{
    return contains(methodsOf(object), name);
}

bool changesItsObject(const Value& object, const std::string& name)
{
    static const Names list{"append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"};
    static const Names dict{"clear", "pop", "popitem", "setdefault", "update"};
    return (object.isSequence(SequenceKind::List) && contains(list, name))
        || (object.asDict() != nullptr && contains(dict, name));
}

Value callMethod(const Method& method, const Arguments& arguments, Runtime& runtime)
{
    runtime.budget.step();
    const Value& object = method.object;
    std::optional<Value> result;
    if (object.asText() != nullptr)
        result = callTextMethod(*object.asText(), method.name, arguments, runtime);
    else if (object.asDict() != nullptr)
        result = onDict(object, method.name, arguments, runtime);
    else if (object.asSequence() != nullptr)
        result = onSequence(object, method.name, arguments, runtime);
    else if (const auto* loop = object.as<Loop*>())
        result = onLoop(**loop, method.name, arguments, runtime);
    if (!result)
        throw Fault("the method " + method.name + " of a " + std::string(typeName(object)) + " is not supported");
    return *result;
}

} // namespace ahascope::text::jinja
