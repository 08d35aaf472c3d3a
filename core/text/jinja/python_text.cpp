#include "core/text/jinja/python_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/text/jinja/runtime.h"
#include "core/text/jinja/text_literal.h"
#include "core/text/utf8.h"

namespace ahascope::text::jinja {

namespace {

class RepresentationWriter {
public:
    explicit RepresentationWriter(Budget& budget) : m_budget(budget) { }

    void write(const Value& value)
    {
        const Budget::Level level(m_budget);
        m_budget.step();
        if (const std::string* text = value.asText()) {
            m_budget.make(text->size(), 4);
            append(quoted(*text));
        } else if (const Sequence* sequence = value.asSequence()) {
            writeSequence(*sequence);
        } else if (const Dict* dict = value.asDict()) {
            append("{");
            for (const auto& [key, item] : dict->entries) {
                append(&key == &dict->entries.front().first ? "" : ", ");
                write(key);
                append(": ");
                write(item);
            }
            append("}");
        } else if (const auto* space = value.as<Namespace*>()) {
            writeNamespace(**space);
        } else {
            append(value.isUndefined() ? "Undefined" : toText(value, m_budget));
        }
    }

    std::string take() { return std::move(m_text); }

private:
    void append(std::string_view text) { m_budget.append(m_text, text); }

    void writeItems(const std::vector<Value>& items)
    {
        for (const Value& item : items) {
            append(&item == items.data() ? "" : ", ");
            write(item);
        }
    }

    void writeSequence(const Sequence& sequence)
    {
        switch (sequence.kind) {
        case SequenceKind::Tuple:
            append("(");
            writeItems(sequence.items);
            append(sequence.items.size() == 1 ? ",)" : ")");
            return;
        case SequenceKind::List:
            append("[");
            writeItems(sequence.items);
            append("]");
            return;
        case SequenceKind::Range:
            throw Fault("a range cannot be written as text", "make it a list: range(3) | list");
        default:
            append(sequence.kind == SequenceKind::DictKeys      ? "dict_keys(["
                    : sequence.kind == SequenceKind::DictValues ? "dict_values(["
                                                                : "dict_items([");
            writeItems(sequence.items);
            append("])");
        }
    }

    void writeNamespace(const Namespace& space)
    {
        append("<Namespace {");
        for (const auto& [name, value] : space.attributes) {
            append(&name == &space.attributes.front().first ? "" : ", ");
            append(quoted(name));
            append(": ");
            write(value);
        }
        append("}>");
    }

    Budget& m_budget;
    std::string m_text;
};

class JsonWriter {
public:
    JsonWriter(const JsonStyle& style, Budget& budget) : m_style(style), m_budget(budget) { }

    void write(const Value& value)
    {
        const Budget::Level level(m_budget);
        m_budget.step();
        if (const std::string* text = value.asText())
            writeText(*text);
        else if (value.isNone())
            append("null");
        else if (const bool* boolean = value.as<bool>())
            append(*boolean ? "true" : "false");
        else if (const auto* integer = value.as<std::int64_t>())
            append(std::to_string(*integer));
        else if (const double* number = value.as<double>())
            append(std::isnan(*number)    ? "NaN"
                    : std::isinf(*number) ? (*number > 0 ? "Infinity" : "-Infinity")
                                          : toText(*number));
        else if (value.isSequence(SequenceKind::List) || value.isSequence(SequenceKind::Tuple))
            writeList(*value.asSequence());
        else if (const Dict* dict = value.asDict())
            writeDict(*dict);
        else
            throw Fault("a " + std::string(typeName(value)) + " cannot be written as JSON");
    }

    std::string take() { return std::move(m_text); }

private:
    void append(std::string_view text) { m_budget.append(m_text, text); }

    void writeText(const std::string& text)
    {
        append("\"");
        std::size_t plain = 0; // where what is not yet written begins
        for (std::size_t at = 0; at < text.size();) {
            const CodePoint one = codePointAt(text, at);
            const std::string escape = escapeOf(one.value);
            if (!escape.empty()) {
                append(std::string_view(text).substr(plain, at - plain));
                append(escape);
                plain = at + one.bytes;
            }
            at += one.bytes;
        }
        append(std::string_view(text).substr(plain));
        append("\"");
    }

    // Empty for a character that stands for itself.
    std::string escapeOf(char32_t c) const
    {
        constexpr std::string_view special = "\"\\\n\r\t\b\f";
        constexpr std::string_view letters = "\"\\nrtbf";
        const std::size_t found = c < 0x80 ? special.find(static_cast<char>(c)) : std::string_view::npos;
        if (found != std::string_view::npos)
            return {'\\', letters[found]};
        if (c >= ' ' && (!m_style.onlyAscii || c < 0x7f))
            return "";
        if (c == 0x7f)
            return "";
        char hex[16];
        if (c >= 0x10000)
            std::snprintf(hex, sizeof hex, "\\u%04x\\u%04x", static_cast<unsigned>(0xd7c0 + (c >> 10)),
                static_cast<unsigned>(0xdc00 + (c & 0x3ff)));
        else
            std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(c));
        return hex;
    }

    void newLine()
    {
        if (!m_style.indent)
            return;
        append("\n");
        for (int i = 0; i < m_level; ++i)
            append(*m_style.indent);
    }

    void between(bool first)
    {
        if (!first)
            append(m_style.between);
        newLine();
    }

    void writeList(const Sequence& list)
    {
        append("[");
        ++m_level;
        for (const Value& item : list.items) {
            between(&item == list.items.data());
            write(item);
        }
        --m_level;
        if (!list.items.empty())
            newLine();
        append("]");
    }

    void writeDict(const Dict& dict)
    {
        append("{");
        ++m_level;
        Entries entries = dict.entries;
        m_budget.make(entries.size(), sizeof(Entries::value_type));
        if (m_style.sorted)
            sortKeys(entries);
        for (const auto& [key, value] : entries) {
            between(&key == &entries.front().first);
            writeText(keyText(key));
            append(m_style.afterKey);
            write(value);
        }
        --m_level;
        if (!entries.empty())
            newLine();
        append("}");
    }

    void sortKeys(Entries& entries)
    {
        std::stable_sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
            const auto order = compare(a.first, b.first, m_budget);
            if (!order)
                throw Fault("keys of several types cannot be sorted");
            return *order < 0;
        });
    }

    std::string keyText(const Value& key)
    {
        if (const std::string* text = key.asText())
            return *text;
        if (!key.isNone() && !key.asNumber())
            throw Fault("a " + std::string(typeName(key)) + " cannot be a key in JSON");
        return JsonWriter(m_style, m_budget).written(key);
    }

    std::string written(const Value& value)
    {
        write(value);
        return take();
    }

    const JsonStyle& m_style;
    Budget& m_budget;
    std::string m_text;
    int m_level = 0;
};

} // namespace

std::string toText(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    char buffer[40] = {};
    const auto written = std::to_chars(buffer, buffer + sizeof buffer - 1, value, std::chars_format::scientific);
    const std::string_view scientific(buffer, static_cast<std::size_t>(written.ptr - buffer));
    const std::size_t e = scientific.find('e');
    const int exponent = std::atoi(buffer + e + 1);
    std::string digits(scientific.substr(0, e));
    const std::string sign = digits.front() == '-' ? "-" : "";
    digits.erase(
        std::remove_if(digits.begin(), digits.end(), [](char c) { return c == '-' || c == '.'; }), digits.end());
    const auto size = static_cast<int>(digits.size());
    if (exponent < -4 || exponent >= 16) {
        const std::string fraction = size > 1 ? "." + digits.substr(1) : "";
        std::snprintf(buffer, sizeof buffer, "e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
        return sign + digits.front() + fraction + buffer;
    }
    if (exponent < 0)
        return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    if (size <= exponent + 1)
        return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - size), '0') + ".0";
    return sign + digits.insert(static_cast<std::size_t>(exponent + 1), ".");
}

std::string toText(const Value& value, Budget& budget)
{
    if (const std::string* text = value.asText()) {
        budget.make(text->size());
        return *text;
    }
    if (value.isUndefined())
        return "";
    if (value.isNone())
        return "None";
    if (const bool* boolean = value.as<bool>())
        return *boolean ? "True" : "False";
    if (const auto* integer = value.as<std::int64_t>())
        return std::to_string(*integer);
    if (const double* number = value.as<double>())
        return toText(*number);
    if (const auto* macro = value.as<const Macro*>()) {
        const std::string& name = (*macro)->definition->name;
        return "<Macro " + (name.empty() ? "None" : quoted(name)) + ">";
    }
    if (const auto* loop = value.as<Loop*>())
        return "<LoopContext " + std::to_string((*loop)->index0 + 1) + "/" + std::to_string((*loop)->items.size())
            + ">";
    if (value.asSequence() != nullptr || value.asDict() != nullptr || value.is<Namespace*>())
        return toRepresentation(value, budget);
    throw Fault("a " + std::string(typeName(value)) + " cannot be written as text",
        value.is<std::shared_ptr<const Method>>() ? "call it: name()" : "");
}

std::string toRepresentation(const Value& value, Budget& budget)
{
    RepresentationWriter writer(budget);
    writer.write(value);
    return writer.take();
}

std::string toJson(const Value& value, const JsonStyle& style, Budget& budget)
{
    JsonWriter writer(style, budget);
    writer.write(value);
    return writer.take();
}

} // namespace ahascope::text::jinja
