#include "core/text/jinja/value.h"

#include <algorithm>

#include "core/text/jinja/runtime.h"

namespace ahascope::text::jinja {

namespace {

constexpr int DeepestContainer = 100;

int depthOf(const Value& value)
{
    if (const Sequence* sequence = value.asSequence())
        return sequence->depth;
    const Dict* dict = value.asDict();
    return dict != nullptr ? dict->depth : 0;
}

int deeper(int depth)
{
    if (depth >= DeepestContainer)
        throw Fault("nests lists and dictionaries more than " + std::to_string(DeepestContainer) + " deep");
    return depth + 1;
}

// What equality distinguishes: numbers of all types are of one class.
int classOf(const Value& value)
{
    if (value.asNumber())
        return -1;
    if (const Sequence* sequence = value.asSequence())
        return 100 + static_cast<int>(sequence->kind);
    return static_cast<int>(value.data.index());
}

bool numbersEqual(const Value& a, const Value& b)
{
    const auto left = a.asInteger();
    const auto right = b.asInteger();
    return left && right ? *left == *right : *a.asNumber() == *b.asNumber();
}

bool dictsEqual(const Dict& a, const Dict& b, Budget& budget)
{
    if (a.entries.size() != b.entries.size())
        return false;
    return std::all_of(a.entries.begin(), a.entries.end(), [&](const auto& entry) {
        const Value* other = find(b, entry.first, budget);
        return other != nullptr && equal(entry.second, *other, budget);
    });
}

} // namespace

Value Value::undefined(std::string reason)
{
    return {Undefined{std::make_shared<const std::string>(std::move(reason))}};
}

Value Value::text(std::string value)
{
    return {std::make_shared<const std::string>(std::move(value))};
}

Value Value::sequence(SequenceKind kind, std::vector<Value> items)
{
    int depth = 0;
    for (const Value& item : items)
        depth = std::max(depth, depthOf(item));
    return {std::make_shared<const Sequence>(Sequence{kind, std::move(items), deeper(depth)})};
}

Value Value::dict(Entries entries)
{
    int depth = 0;
    for (const auto& [key, value] : entries)
        depth = std::max({depth, depthOf(key), depthOf(value)});
    return {std::make_shared<const Dict>(Dict{std::move(entries), deeper(depth)})};
}

std::optional<std::int64_t> Value::asInteger() const
{
    if (const bool* value = as<bool>())
        return *value ? 1 : 0;
    if (const std::int64_t* value = as<std::int64_t>())
        return *value;
    return std::nullopt;
}

std::optional<double> Value::asNumber() const
{
    if (const double* value = as<double>())
        return *value;
    if (const auto value = asInteger())
        return static_cast<double>(*value);
    return std::nullopt;
}

std::string_view typeName(const Value& value)
{
    constexpr std::string_view sequences[] = {"list", "tuple", "range", "dict_keys", "dict_values", "dict_items"};
    constexpr std::string_view names[] = {"Undefined", "NoneType", "bool", "int", "float", "str", "list", "dict",
        "function", "method", "Macro", "Namespace", "generator", "LoopContext"};
    if (const Sequence* sequence = value.asSequence())
        return sequences[static_cast<std::size_t>(sequence->kind)];
    return names[value.data.index()];
}

bool truth(const Value& value)
{
    if (const auto number = value.asNumber())
        return *number != 0;
    if (const std::string* text = value.asText())
        return !text->empty();
    if (const Sequence* sequence = value.asSequence())
        return !sequence->items.empty();
    if (const Dict* dict = value.asDict())
        return !dict->entries.empty();
    if (const auto* loop = value.as<Loop*>())
        return !(*loop)->items.empty();
    return !value.isUndefined() && !value.isNone();
}

bool equal(const Value& a, const Value& b, Budget& budget)
{
    budget.step();
    if (classOf(a) != classOf(b))
        return false;
    if (a.asNumber())
        return numbersEqual(a, b);
    if (const std::string* text = a.asText()) {
        budget.step(text->size() / 256);
        return *text == *b.asText();
    }
    if (const Sequence* sequence = a.asSequence()) {
        const Sequence& other = *b.asSequence();
        return sequence->items.size() == other.items.size()
            && std::equal(sequence->items.begin(), sequence->items.end(), other.items.begin(),
                [&](const Value& x, const Value& y) { return equal(x, y, budget); });
    }
    if (const Dict* dict = a.asDict())
        return dictsEqual(*dict, *b.asDict(), budget);
    if (const auto* method = a.as<std::shared_ptr<const Method>>()) {
        const Method& other = **b.as<std::shared_ptr<const Method>>();
        return (*method)->name == other.name && equal((*method)->object, other.object, budget);
    }
    if (const Function* function = a.as<Function>())
        return *function == *b.as<Function>();
    if (const auto* macro = a.as<const Macro*>())
        return *macro == *b.as<const Macro*>();
    if (const auto* space = a.as<Namespace*>())
        return *space == *b.as<Namespace*>();
    if (const auto* generator = a.as<Generator*>())
        return *generator == *b.as<Generator*>();
    if (const auto* loop = a.as<Loop*>())
        return *loop == *b.as<Loop*>();
    return true; // none and undefined
}

bool isHashable(const Value& value)
{
    if (const Sequence* sequence = value.asSequence())
        return (sequence->kind == SequenceKind::Tuple
                   && std::all_of(sequence->items.begin(), sequence->items.end(), isHashable))
            || sequence->kind == SequenceKind::Range;
    return value.asDict() == nullptr;
}

std::optional<int> compare(const Value& a, const Value& b, Budget& budget)
{
    budget.step();
    const auto order = [](const auto& x, const auto& y) -> std::optional<int> {
        return x < y ? std::optional(-1) : x > y ? std::optional(1) : x == y ? std::optional(0) : std::nullopt;
    };
    if (a.asInteger() && b.asInteger())
        return order(*a.asInteger(), *b.asInteger());
    if (a.asNumber() && b.asNumber())
        return order(*a.asNumber(), *b.asNumber());
    if (a.asText() != nullptr && b.asText() != nullptr) {
        budget.step(a.asText()->size() / 256);
        return order(*a.asText(), *b.asText()); // bytes of UTF-8 are in the order of code points
    }
    const Sequence* left = a.asSequence();
    const Sequence* right = b.asSequence();
    const bool ordered = left != nullptr && right != nullptr && left->kind == right->kind
        && (left->kind == SequenceKind::List || left->kind == SequenceKind::Tuple);
    if (!ordered)
        return std::nullopt;
    for (std::size_t i = 0; i < left->items.size() && i < right->items.size(); ++i) {
        if (!equal(left->items[i], right->items[i], budget))
            return compare(left->items[i], right->items[i], budget);
    }
    return order(left->items.size(), right->items.size());
}

const Value* find(const Dict& dict, const Value& key, Budget& budget)
{
    if (!isHashable(key))
        throw Fault("a " + std::string(typeName(key)) + " cannot be the key of a dictionary");
    for (const auto& [name, value] : dict.entries) {
        if (equal(name, key, budget))
            return &value;
    }
    return nullptr;
}

const Value* find(const Dict& dict, std::string_view key, Budget& budget)
{
    budget.step(dict.entries.size() / 16);
    for (const auto& [name, value] : dict.entries) {
        if (name.asText() != nullptr && *name.asText() == key)
            return &value;
    }
    return nullptr;
}

void put(Entries& entries, Value key, Value value, Budget& budget)
{
    if (!isHashable(key))
        throw Fault("a " + std::string(typeName(key)) + " cannot be the key of a dictionary");
    for (auto& [name, old] : entries) {
        if (equal(name, key, budget)) {
            old = std::move(value);
            return;
        }
    }
    budget.make(1, sizeof(Entries::value_type));
    entries.emplace_back(std::move(key), std::move(value));
}

} // namespace ahascope::text::jinja
