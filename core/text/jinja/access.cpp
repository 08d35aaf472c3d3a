// Attributes, items, lengths and iteration.
#include <algorithm>

#include "core/text/jinja/methods.h"
#include "core/text/jinja/python_text.h"
#include "core/text/jinja/runtime.h"
#include "core/text/jinja/text_literal.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

std::optional<Value> loopAttribute(const Loop& loop, const std::string& name)
{
    const auto length = static_cast<std::int64_t>(loop.items.size());
    const std::int64_t index = loop.index0;
    if (name == "index" || name == "index0")
        return Value::integer(index + (name == "index" ? 1 : 0));
    if (name == "revindex" || name == "revindex0")
        return Value::integer(length - index - (name == "revindex0" ? 1 : 0));
    if (name == "first" || name == "last")
        return Value::boolean(name == "first" ? index == 0 : index == length - 1);
    if (name == "length")
        return Value::integer(length);
    if (name == "depth" || name == "depth0")
        return Value::integer(loop.depth0 + (name == "depth" ? 1 : 0));
    if (name == "previtem")
        return index > 0 ? loop.items[static_cast<std::size_t>(index - 1)]
                         : Value::undefined("there is no previous item");
    if (name == "nextitem")
        return index + 1 < length ? loop.items[static_cast<std::size_t>(index + 1)]
                                  : Value::undefined("there is no next item");
    return std::nullopt;
}

// What Python's getattr() finds.
std::optional<Value> pythonAttribute(const Value& object, const std::string& name, Runtime& runtime)
{
    if (const auto* space = object.as<Namespace*>()) {
        for (const auto& [key, value] : (*space)->attributes) {
            if (key == name)
                return value;
        }
        return std::nullopt;
    }
    if (const auto* loop = object.as<Loop*>()) {
        if (auto found = loopAttribute(**loop, name))
            return found;
    }
    if (object.isUndefined())
        throw Fault(*object.as<Undefined>()->reason);
    if (!hasMethod(object, name))
        return std::nullopt;
    if (changesItsObject(object, name))
        return Value::undefined("the method " + name + " of a " + std::string(typeName(object))
            + " would change it, which templates must not");
    runtime.budget.make(1, sizeof(Method));
    return Value{std::make_shared<const Method>(Method{object, name})};
}

std::optional<std::size_t> place(std::int64_t index, std::size_t length)
{
    const auto size = static_cast<std::int64_t>(length);
    if (index < -size || index >= size)
        return std::nullopt;
    return static_cast<std::size_t>(index < 0 ? index + size : index);
}

std::optional<Value> codePoint(const std::string& text, std::int64_t index, Runtime& runtime)
{
    runtime.budget.make(text.size(), sizeof(std::size_t));
    const std::vector<std::size_t> starts = codePointStarts(text);
    const auto at = place(index, starts.size() - 1);
    return at ? std::optional(Value::text(text.substr(starts[*at], starts[*at + 1] - starts[*at]))) : std::nullopt;
}

// What Python's object[index] finds.
std::optional<Value> pythonItem(const Value& object, const Value& index, Runtime& runtime)
{
    if (const Dict* dict = object.asDict()) {
        if (index.asSequence() != nullptr && !index.isSequence(SequenceKind::Tuple))
            return std::nullopt; // cannot be hashed
        if (index.asDict() != nullptr)
            return std::nullopt;
        const Value* found = index.asText() != nullptr ? find(*dict, *index.asText(), runtime.budget)
                                                       : find(*dict, index, runtime.budget);
        return found != nullptr ? std::optional(*found) : std::nullopt;
    }
    if (object.isUndefined())
        throw Fault(*object.as<Undefined>()->reason);
    const auto number = index.asInteger();
    if (!number)
        return std::nullopt;
    if (const std::string* text = object.asText())
        return codePoint(*text, *number, runtime);
    const Sequence* sequence = object.asSequence();
    if (sequence == nullptr || sequence->kind > SequenceKind::Range)
        return std::nullopt;
    const auto at = place(*number, sequence->items.size());
    return at ? std::optional(sequence->items[*at]) : std::nullopt;
}

std::vector<Value> charactersOf(const std::string& text, Runtime& runtime)
{
    runtime.budget.make(countCodePoints(text), sizeof(Value) + sizeof(std::string));
    std::vector<Value> characters;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = codePointAt(text, at).bytes;
        characters.push_back(Value::text(text.substr(at, bytes)));
        at += bytes;
    }
    return characters;
}

} // namespace

std::vector<Value> itemsOf(const Value& value, Runtime& runtime)
{
    if (const Sequence* sequence = value.asSequence()) {
        runtime.budget.make(sequence->items.size(), sizeof(Value));
        return sequence->items;
    }
    if (const Dict* dict = value.asDict()) {
        runtime.budget.make(dict->entries.size(), sizeof(Value));
        std::vector<Value> keys;
        for (const auto& entry : dict->entries)
            keys.push_back(entry.first);
        return keys;
    }
    if (const std::string* text = value.asText())
        return charactersOf(*text, runtime);
    if (const auto* generator = value.as<Generator*>()) {
        Generator& source = **generator;
        std::vector<Value> rest(source.items.begin() + static_cast<std::ptrdiff_t>(source.next), source.items.end());
        source.items.clear();
        source.next = 0;
        return rest;
    }
    if (value.isUndefined())
        return {};
    throw Fault("a " + std::string(typeName(value)) + " cannot be iterated over");
}

Value attributeOf(const Value& object, const std::string& name, Runtime& runtime)
{
    if (auto found = pythonAttribute(object, name, runtime))
        return *found;
    if (const Dict* dict = object.asDict()) {
        if (const Value* found = find(*dict, name, runtime.budget))
            return *found;
    }
    return Value::undefined("a " + std::string(typeName(object)) + " has no attribute " + quoted(name));
}

Value itemOf(const Value& object, const Value& index, Runtime& runtime)
{
    if (auto found = pythonItem(object, index, runtime))
        return *found;
    if (const std::string* name = index.asText()) {
        if (auto found = pythonAttribute(object, *name, runtime))
            return *found;
    }
    const std::string* name = index.asText();
    return Value::undefined("a " + std::string(typeName(object)) + " has no element "
        + (name != nullptr                      ? quoted(name->substr(0, 80))
                : index.asInteger().has_value() ? std::to_string(*index.asInteger())
                                                : "of that name"));
}

std::int64_t lengthOf(const Value& value, Runtime& runtime)
{
    if (const std::string* text = value.asText()) {
        runtime.budget.step(text->size() / 256);
        return static_cast<std::int64_t>(countCodePoints(*text));
    }
    if (const Sequence* sequence = value.asSequence())
        return static_cast<std::int64_t>(sequence->items.size());
    if (const Dict* dict = value.asDict())
        return static_cast<std::int64_t>(dict->entries.size());
    if (const auto* loop = value.as<Loop*>())
        return static_cast<std::int64_t>((*loop)->items.size());
    if (value.isUndefined())
        return 0;
    throw Fault("a " + std::string(typeName(value)) + " has no length");
}

} // namespace ahascope::text::jinja
