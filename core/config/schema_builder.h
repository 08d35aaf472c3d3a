// Makes the schema of a struct out of pointers to its members, one line a field. For the .cpp files that describe a
// part of the experiment.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/schema.h"

namespace ahascope::config {

struct Range {
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    std::string unit = {};
};

// A member that is a plain value, a path or an optional value, as a Value and back.
template <class Member>
Value toValue(const Member& member)
{
    return member;
}
inline Value toValue(const std::filesystem::path& member)
{
    return member.string();
}
inline Value toValue(const std::optional<double>& member)
{
    return member ? Value(*member) : Value();
}

template <class Member>
void fromValue(Member& member, const Value& value)
{
    if constexpr (std::is_same_v<Member, double>) {
        if (const auto* whole = std::get_if<std::int64_t>(&value)) {
            member = static_cast<double>(*whole);
            return;
        }
    }
    member = std::get<Member>(value);
}
inline void fromValue(std::filesystem::path& member, const Value& value)
{
    member = std::get<std::string>(value);
}
inline void fromValue(std::optional<double>& member, const Value& value)
{
    member.reset();
    if (!std::holds_alternative<std::monostate>(value)) {
        fromValue(member.emplace(), value);
    }
}

// Fallbacks are the values of a default-made T.
template <class T>
class SchemaBuilder {
public:
    SchemaBuilder(std::string title, std::string help)
    {
        m_schema.title = std::move(title);
        m_schema.help = std::move(help);
    }

    SchemaBuilder& boolean(std::string key, bool T::*member, std::string help)
    {
        return value(std::move(key), FieldKind::Boolean, member, {}, std::move(help));
    }
    SchemaBuilder& integer(std::string key, std::int64_t T::*member, Range range, std::string help)
    {
        return value(std::move(key), FieldKind::Integer, member, std::move(range), std::move(help));
    }
    SchemaBuilder& number(std::string key, double T::*member, Range range, std::string help)
    {
        return value(std::move(key), FieldKind::Number, member, std::move(range), std::move(help));
    }
    SchemaBuilder& number(std::string key, std::optional<double> T::*member, Range range, std::string help)
    {
        value(std::move(key), FieldKind::Number, member, std::move(range), std::move(help));
        m_schema.fields.back().optional = true;
        return *this;
    }
    SchemaBuilder& text(std::string key, std::string T::*member, std::string help)
    {
        return value(std::move(key), FieldKind::Text, member, {}, std::move(help));
    }
    SchemaBuilder& longText(std::string key, std::string T::*member, std::string help)
    {
        return value(std::move(key), FieldKind::LongText, member, {}, std::move(help));
    }
    SchemaBuilder& choice(std::string key, std::string T::*member, std::vector<std::string> choices, std::string help)
    {
        value(std::move(key), FieldKind::Choice, member, {}, std::move(help));
        m_schema.fields.back().choices = std::move(choices);
        return *this;
    }
    SchemaBuilder& file(std::string key, std::filesystem::path T::*member, std::string help)
    {
        return value(std::move(key), FieldKind::FilePath, member, {}, std::move(help));
    }
    SchemaBuilder& folder(std::string key, std::filesystem::path T::*member, std::string help)
    {
        return value(std::move(key), FieldKind::FolderPath, member, {}, std::move(help));
    }

    // A field with a getter and setter of its own; `fallback` must be filled in.
    SchemaBuilder& field(Field field)
    {
        m_schema.fields.push_back(std::move(field));
        return *this;
    }
    // Of the field added last.
    SchemaBuilder& advanced()
    {
        m_schema.fields.back().advanced = true;
        return *this;
    }

    // Another struct's fields, standing in the same table.
    template <class Part>
    SchemaBuilder& include(Schema part, Part T::*member)
    {
        const T defaults;
        for (Field& inner : part.fields) {
            Field outer = inner;
            outer.get = [get = inner.get, member](
                            const void* object) { return get(&(static_cast<const T*>(object)->*member)); };
            outer.set = [set = inner.set, member](
                            void* object, const Value& value) { set(&(static_cast<T*>(object)->*member), value); };
            outer.fallback = outer.get(&defaults);
            m_schema.fields.push_back(std::move(outer));
        }
        return *this;
    }

    // Another struct in a table of its own. Its fallbacks are those of T's member.
    template <class Part>
    SchemaBuilder& section(std::string key, Part T::*member, Schema part)
    {
        const T defaults;
        for (Field& inner : part.fields) {
            inner.fallback = inner.get(&(defaults.*member));
        }
        Section section;
        section.key = std::move(key);
        section.help = part.help;
        section.present = [](const void*) { return true; };
        section.setPresent = [](void*, bool) {};
        section.object = [member](void* owner) -> void* { return &(static_cast<T*>(owner)->*member); };
        section.schema = [part](const void*) { return part; };
        m_schema.sections.push_back(std::move(section));
        return *this;
    }
    SchemaBuilder& section(Section section)
    {
        m_schema.sections.push_back(std::move(section));
        return *this;
    }
    // A list of structs held in a vector. `make` gives a new member for a type or name.
    template <class Item>
    SchemaBuilder& list(List list, std::vector<Item> T::*member, Item (*make)(const std::string&))
    {
        const auto items = [member](void* owner) -> std::vector<Item>& { return static_cast<T*>(owner)->*member; };
        list.size = [member](const void* owner) { return (static_cast<const T*>(owner)->*member).size(); };
        list.at = [items](void* owner, std::size_t index) -> void* { return &items(owner).at(index); };
        list.add = [items, make](void* owner, const std::string& type) { items(owner).push_back(make(type)); };
        list.erase = [items](void* owner, std::size_t index) {
            items(owner).erase(items(owner).begin() + static_cast<std::ptrdiff_t>(index));
        };
        list.move = [items](void* owner, std::size_t from, std::size_t to) {
            std::vector<Item>& all = items(owner);
            Item moved = std::move(all.at(from));
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(from));
            all.insert(all.begin() + static_cast<std::ptrdiff_t>(to), std::move(moved));
        };
        list.nameOf = [member](const void* owner, std::size_t index) {
            return (static_cast<const T*>(owner)->*member).at(index).name;
        };
        m_schema.lists.push_back(std::move(list));
        return *this;
    }

    SchemaBuilder& check(void (*function)(const T& object, const std::string& path, std::vector<Problem>& problems))
    {
        m_schema.checks.push_back(
            [function](const void* object, const std::string& path, std::vector<Problem>& problems) {
                function(*static_cast<const T*>(object), path, problems);
            });
        return *this;
    }

    // `helpPrefix` is put before each key that has no help key yet: "grpo.beta".
    Schema build(const std::string& helpPrefix)
    {
        for (Field& field : m_schema.fields) {
            if (field.helpKey.empty()) {
                field.helpKey = helpPrefix + '.' + field.key;
            }
        }
        return std::move(m_schema);
    }

private:
    template <class Member>
    SchemaBuilder& value(std::string key, FieldKind kind, Member T::*member, Range range, std::string help)
    {
        const T defaults{};
        Field field;
        field.key = std::move(key);
        field.kind = kind;
        field.fallback = toValue(defaults.*member);
        field.unit = std::move(range.unit);
        field.minimum = range.minimum;
        field.maximum = range.maximum;
        field.help = std::move(help);
        field.get = [member](const void* object) { return toValue(static_cast<const T*>(object)->*member); };
        field.set = [member](void* object, const Value& given) { fromValue(static_cast<T*>(object)->*member, given); };
        m_schema.fields.push_back(std::move(field));
        return *this;
    }

    Schema m_schema;
};

} // namespace ahascope::config
