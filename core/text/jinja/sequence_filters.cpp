// Filters that take lists and dictionaries apart.
#include <algorithm>

#include "core/text/jinja/filters.h"
#include "core/text/jinja/operators.h"
#include "core/text/jinja/parameters.h"
#include "core/text/jinja/python_string.h"
#include "core/text/jinja/python_text.h"
#include "core/text/jinja/value_tests.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

// "a.b.0" leads to item["a"]["b"][0]; numbers are taken as they are.
std::vector<Value> pathOf(const Value& attribute)
{
    const std::string* text = attribute.asText();
    if (text == nullptr)
        return attribute.isNone() ? std::vector<Value>() : std::vector<Value>{attribute};
    std::vector<Value> path;
    for (const std::string_view part : split(*text, ".", -1)) {
        const bool number = part.size() < 18 && consistsOf(part, CharacterClass::Decimal);
        path.push_back(number ? Value::integer(std::stoll(std::string(part))) : Value::text(std::string(part)));
    }
    return path;
}

Value follow(Value item, const std::vector<Value>& path, const Value* absent, Runtime& runtime)
{
    for (const Value& part : path) {
        item = itemOf(item, part, runtime);
        if (absent != nullptr && item.isUndefined())
            item = *absent;
    }
    return item;
}

Value withoutCase(const Value& value, Runtime& runtime)
{
    const std::string* text = value.asText();
    if (text == nullptr)
        return value;
    runtime.budget.make(text->size(), 4);
    return Value::text(inCase(*text, Case::Lower));
}

bool before(const Value& a, const Value& b, Runtime& runtime)
{
    return compares(Comparison::Less, a, b, runtime);
}

// Sorted by key, equals in their order, also when reversed.
std::vector<Value> sortedBy(std::vector<std::pair<Value, Value>> keyed, bool reversed, Runtime& runtime)
{
    runtime.budget.make(keyed.size(), 2 * sizeof(Value));
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
        return reversed ? before(b.first, a.first, runtime) : before(a.first, b.first, runtime);
    });
    std::vector<Value> items;
    for (auto& entry : keyed)
        items.push_back(std::move(entry.second));
    return items;
}

Value join(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("join", arguments, {"d", "attribute"});
    const std::string between = given.given(0) ? toText(*given.at(0), runtime.budget) : "";
    const std::vector<Value> path = given.given(1) ? pathOf(*given.at(1)) : std::vector<Value>();
    std::string text;
    bool first = true;
    for (const Value& item : itemsOf(input, runtime)) {
        runtime.budget.append(text, first ? "" : between);
        runtime.budget.append(text, toText(follow(item, path, nullptr, runtime), runtime.budget));
        first = false;
    }
    return Value::text(std::move(text));
}

Value first(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("first", arguments, {});
    if (const auto* generator = input.as<Generator*>()) {
        Generator& source = **generator;
        return source.next < source.items.size() ? source.items[source.next++]
                                                 : Value::undefined("there is no first item");
    }
    const std::vector<Value> items = itemsOf(input, runtime);
    return items.empty() ? Value::undefined("there is no first item") : items.front();
}

Value last(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("last", arguments, {});
    if (input.is<Generator*>() || input.isUndefined())
        throw Fault("a " + std::string(typeName(input)) + " cannot be read from its end",
            input.isUndefined() ? *input.as<Undefined>()->reason : "make it a list first: | list | last");
    const std::vector<Value> items = itemsOf(input, runtime);
    return items.empty() ? Value::undefined("there is no last item") : items.back();
}

Value length(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("length", arguments, {});
    return Value::integer(lengthOf(input, runtime));
}

Value list(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("list", arguments, {});
    return Value::list(itemsOf(input, runtime));
}

Entries entriesOf(const Value& input, std::string_view filter)
{
    const Dict* dict = input.asDict();
    if (dict == nullptr)
        throw Fault(std::string(filter) + " wants a dictionary, not a " + std::string(typeName(input)));
    return dict->entries;
}

Value items(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("items", arguments, {});
    std::vector<Value> pairs;
    for (auto& [key, value] : input.isUndefined() ? Entries() : entriesOf(input, "items")) {
        runtime.budget.make(1, 4 * sizeof(Value));
        pairs.push_back(Value::tuple({key, value}));
    }
    return runtime.generator(std::move(pairs));
}

Value dictsort(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("dictsort", arguments, {"case_sensitive", "by", "reverse"});
    const std::string by = given.given(1) ? given.text(1) : "key";
    if (by != "key" && by != "value")
        throw Fault("dictsort: by is \"key\" or \"value\"");
    std::vector<std::pair<Value, Value>> keyed;
    for (auto& [key, value] : entriesOf(input, "dictsort")) {
        runtime.budget.make(1, 6 * sizeof(Value));
        const Value& one = by == "key" ? key : value;
        keyed.emplace_back(given.boolean(0, false) ? one : withoutCase(one, runtime), Value::tuple({key, value}));
    }
    return Value::list(sortedBy(std::move(keyed), given.boolean(2, false), runtime));
}

Value sort(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("sort", arguments, {"reverse", "case_sensitive", "attribute"});
    std::vector<std::vector<Value>> paths;
    if (given.given(2) && given.at(2)->asText() != nullptr) {
        for (const std::string_view part : split(given.text(2), ",", -1))
            paths.push_back(pathOf(Value::text(std::string(part))));
    } else {
        paths.push_back(given.given(2) ? pathOf(*given.at(2)) : std::vector<Value>());
    }
    std::vector<std::pair<Value, Value>> keyed;
    for (Value& item : itemsOf(input, runtime)) {
        std::vector<Value> keys;
        for (const std::vector<Value>& path : paths) {
            const Value key = follow(item, path, nullptr, runtime);
            keys.push_back(given.boolean(1, false) ? key : withoutCase(key, runtime));
        }
        runtime.budget.make(keys.size() + 2, sizeof(Value));
        keyed.emplace_back(Value::list(std::move(keys)), std::move(item));
    }
    return Value::list(sortedBy(std::move(keyed), given.boolean(0, false), runtime));
}

Value reverse(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    Parameters("reverse", arguments, {});
    std::vector<Value> items = itemsOf(input, runtime);
    std::reverse(items.begin(), items.end());
    if (input.asText() != nullptr) {
        std::string text;
        for (const Value& character : items)
            text += *character.asText();
        return Value::text(std::move(text));
    }
    // Python reverses a generator by way of a list.
    return input.is<Generator*>() ? Value::list(std::move(items)) : runtime.generator(std::move(items));
}

Value unique(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("unique", arguments, {"case_sensitive", "attribute"});
    const std::vector<Value> path = given.given(1) ? pathOf(*given.at(1)) : std::vector<Value>();
    std::vector<Value> seen;
    std::vector<Value> kept;
    for (Value& item : itemsOf(input, runtime)) {
        Value key = follow(item, path, nullptr, runtime);
        key = given.boolean(0, false) ? key : withoutCase(key, runtime);
        if (!isHashable(key))
            throw Fault("unique cannot tell apart values of the type " + std::string(typeName(key)));
        const auto same = [&](const Value& one) { return equal(one, key, runtime.budget); };
        if (std::any_of(seen.begin(), seen.end(), same))
            continue;
        runtime.budget.make(2, sizeof(Value));
        seen.push_back(std::move(key));
        kept.push_back(std::move(item));
    }
    return runtime.generator(std::move(kept));
}

Value extreme(std::string_view name, bool largest, const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given(name, arguments, {"case_sensitive", "attribute"});
    const std::vector<Value> path = given.given(1) ? pathOf(*given.at(1)) : std::vector<Value>();
    std::optional<std::pair<Value, Value>> best;
    for (const Value& item : itemsOf(input, runtime)) {
        Value key = follow(item, path, nullptr, runtime);
        key = given.boolean(0, false) ? key : withoutCase(key, runtime);
        if (!best || (largest ? before(best->first, key, runtime) : before(key, best->first, runtime)))
            best.emplace(key, item);
    }
    return best ? best->second : Value::undefined("there is no item to choose from");
}

Value smallest(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return extreme("min", false, input, arguments, runtime);
}

Value largest(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return extreme("max", true, input, arguments, runtime);
}

Value sum(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("sum", arguments, {"attribute", "start"});
    const std::vector<Value> path = given.given(0) ? pathOf(*given.at(0)) : std::vector<Value>();
    Value total = given.given(1) ? *given.at(1) : Value::integer(0);
    for (const Value& item : itemsOf(input, runtime))
        total = arithmetic(BinaryOperator::Add, total, follow(item, path, nullptr, runtime), runtime);
    return total;
}

Value batch(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    const Parameters given("batch", arguments, {"linecount", "fill_with"}, 1);
    const std::int64_t size = given.integer(0);
    std::vector<Value> batches;
    std::vector<Value> current;
    for (Value& item : itemsOf(input, runtime)) {
        if (static_cast<std::int64_t>(current.size()) == size)
            batches.push_back(Value::list(std::exchange(current, {})));
        runtime.budget.make(1, 2 * sizeof(Value));
        current.push_back(std::move(item));
    }
    if (!current.empty()) {
        const bool fills = given.given(1) && !given.at(1)->isNone();
        while (fills && static_cast<std::int64_t>(current.size()) < size) {
            runtime.budget.make(1, sizeof(Value));
            current.push_back(*given.at(1));
        }
        batches.push_back(Value::list(std::move(current)));
    }
    return runtime.generator(std::move(batches));
}

Arguments without(const Arguments& arguments, std::size_t count)
{
    Arguments rest = arguments;
    rest.positional.erase(rest.positional.begin(), rest.positional.begin() + static_cast<std::ptrdiff_t>(count));
    return rest;
}

const std::string& nameAt(const Arguments& arguments, std::size_t index, std::string_view who, std::string_view what)
{
    if (arguments.positional.size() <= index || arguments.positional[index].asText() == nullptr)
        throw Fault(std::string(who) + " wants the name of " + std::string(what));
    return *arguments.positional[index].asText();
}

Value map(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    std::vector<Value> results;
    if (!truth(input))
        return runtime.generator({});
    if (arguments.positional.empty() && !arguments.named.empty()) {
        const Parameters given("map", arguments, {"attribute", "default"}, 1);
        const std::vector<Value> path = pathOf(*given.at(0));
        const Value* absent = given.given(1) && !given.at(1)->isNone() ? given.at(1) : nullptr;
        for (const Value& item : itemsOf(input, runtime))
            results.push_back(follow(item, path, absent, runtime));
    } else {
        const std::string& name = nameAt(arguments, 0, "map", "a filter, or attribute=");
        const Arguments rest = without(arguments, 1);
        for (const Value& item : itemsOf(input, runtime))
            results.push_back(applyFilter(name, item, rest, runtime));
    }
    return runtime.generator(std::move(results));
}

// select, reject, selectattr and rejectattr.
Value choose(const Value& input, const Arguments& arguments, Runtime& runtime, bool wanted, bool byAttribute)
{
    std::vector<Value> kept;
    if (!truth(input))
        return runtime.generator({});
    const std::vector<Value> path = byAttribute
        ? (arguments.positional.empty() ? throw Fault("selectattr wants the name of an attribute")
                                        : pathOf(arguments.positional[0]))
        : std::vector<Value>();
    const std::size_t offset = byAttribute ? 1 : 0;
    const bool hasTest = arguments.positional.size() > offset;
    const std::string test = hasTest ? nameAt(arguments, offset, "select", "a test") : "";
    const Arguments rest = without(arguments, offset + (hasTest ? 1 : 0));
    for (Value& item : itemsOf(input, runtime)) {
        const Value subject = follow(item, path, nullptr, runtime);
        if ((hasTest ? applyTest(test, subject, rest, runtime) : truth(subject)) == wanted)
            kept.push_back(std::move(item));
    }
    return runtime.generator(std::move(kept));
}

Value select(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return choose(input, arguments, runtime, true, false);
}

Value reject(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return choose(input, arguments, runtime, false, false);
}

Value selectattr(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return choose(input, arguments, runtime, true, true);
}

Value rejectattr(const Value& input, const Arguments& arguments, Runtime& runtime)
{
    return choose(input, arguments, runtime, false, true);
}

} // namespace

const std::vector<NamedFilter>& sequenceFilters()
{
    static const std::vector<NamedFilter> filters{{"batch", batch}, {"count", length}, {"dictsort", dictsort},
        {"first", first}, {"items", items}, {"join", join}, {"last", last}, {"length", length}, {"list", list},
        {"map", map}, {"max", largest}, {"min", smallest}, {"reject", reject}, {"rejectattr", rejectattr},
        {"reverse", reverse}, {"select", select}, {"selectattr", selectattr}, {"sort", sort}, {"sum", sum},
        {"unique", unique}};
    return filters;
}

} // namespace ahascope::text::jinja
