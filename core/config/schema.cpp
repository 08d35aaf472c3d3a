#include "core/config/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text/nearest_name.h"

namespace ahascope::config {

namespace {

constexpr std::size_t longestText = 4096;         // bytes of a Text
constexpr std::size_t longestLongText = 1u << 20; // bytes of a LongText

std::string numberText(double number)
{
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return {buffer, end};
}

std::string rangeOf(const Field& field)
{
    if (std::isfinite(field.minimum) && std::isfinite(field.maximum)) {
        return numberText(field.minimum) + " .. " + numberText(field.maximum);
    }
    return std::isfinite(field.minimum) ? "at least " + numberText(field.minimum)
        : std::isfinite(field.maximum)  ? "at most " + numberText(field.maximum)
                                        : "";
}

const char* kindName(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Boolean:
        return "true or false";
    case FieldKind::Integer:
        return "a whole number";
    case FieldKind::Number:
        return "a number";
    default:
        return "a text";
    }
}

bool isOfKind(FieldKind kind, const Value& value)
{
    switch (kind) {
    case FieldKind::Boolean:
        return std::holds_alternative<bool>(value);
    case FieldKind::Integer:
        return std::holds_alternative<std::int64_t>(value);
    case FieldKind::Number:
        return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
    default:
        return std::holds_alternative<std::string>(value);
    }
}

Problem problemWithText(const Field& field, const std::string& text)
{
    const std::size_t longest = field.kind == FieldKind::LongText ? longestLongText : longestText;
    if (text.size() > longest) {
        return {"", "is longer than " + std::to_string(longest) + " bytes", "shorten it"};
    }
    if (text.find('\0') != std::string::npos) {
        return {"", "holds a character of value 0", "remove it"};
    }
    if (field.kind == FieldKind::Choice
        && std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end()) {
        std::string all;
        for (const std::string& choice : field.choices) {
            all += (all.empty() ? "" : ", ") + choice;
        }
        const std::string nearest = text::nearestName(text, field.choices);
        return {"", "\"" + text.substr(0, 80) + "\" is not one of its choices",
            nearest.empty() ? "choose one of " + all : "did you mean \"" + nearest + "\"? (" + all + ")"};
    }
    return {};
}

// The fields of one object, then those of its sections and lists.
void visitObject(const Schema& schema, void* object, const std::string& path, const FieldVisitor& visit)
{
    for (const Field& field : schema.fields) {
        visit(path + field.key, field, object);
    }
    for (const Section& section : schema.sections) {
        if (section.present(object)) {
            void* inner = section.object(object);
            visitObject(section.schema(inner), inner, path + section.key + '.', visit);
        }
    }
    for (const List& list : schema.lists) {
        const std::string prefix = list.key.empty() ? path : path + list.key + '.';
        for (std::size_t i = 0; i < list.size(object); ++i) {
            void* member = list.at(object, i);
            const std::string name = list.byName ? list.nameOf(object, i) : std::to_string(i);
            visitObject(list.schema(member), member, prefix + name + '.', visit);
        }
    }
}

} // namespace

std::string toString(const Value& value)
{
    struct Texts {
        std::string operator()(std::monostate) const { return "—"; }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return numberText(number); }
        std::string operator()(const std::string& text) const { return text; }
    };
    return std::visit(Texts{}, value);
}

std::string labelOf(const Field& field)
{
    std::string label = field.key;
    std::replace(label.begin(), label.end(), '_', ' ');
    return label;
}

Problem problemWith(const Field& field, const Value& value)
{
    if (field.optional && std::holds_alternative<std::monostate>(value)) {
        return {};
    }
    if (!isOfKind(field.kind, value)) {
        const std::string wanted = kindName(field.kind);
        return {"", "is not " + wanted, "write " + wanted};
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return problemWithText(field, *text);
    }
    if (std::holds_alternative<bool>(value)) {
        return {};
    }
    const auto* whole = std::get_if<std::int64_t>(&value);
    const double number = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
    if (!std::isfinite(number) || number < field.minimum || number > field.maximum) {
        return {"", toString(value) + " is out of range",
            "choose " + (rangeOf(field).empty() ? "a finite number" : rangeOf(field))
                + (field.unit.empty() ? "" : ' ' + field.unit)};
    }
    return {};
}

std::string rangeText(const Field& field)
{
    std::string text = rangeOf(field);
    if (field.kind == FieldKind::Choice) {
        for (const std::string& choice : field.choices) {
            text += (text.empty() ? "" : ", ") + choice;
        }
    }
    if (!field.unit.empty()) {
        text += (text.empty() ? "" : " ") + field.unit;
    }
    const std::string fallback = toString(field.fallback);
    if (!fallback.empty() && fallback.size() < 80) {
        text += (text.empty() ? "default " : ", default ") + fallback;
    }
    return text;
}

const Field* Schema::field(std::string_view key) const
{
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.key == key; });
    return found == fields.end() ? nullptr : &*found;
}

void forEachField(const Experiment& experiment, const FieldVisitor& visit)
{
    // Sections and lists give their objects out for writing too; nothing is written here.
    visitObject(experimentSchema(), const_cast<Experiment*>(&experiment), "", visit);
}

} // namespace ahascope::config
