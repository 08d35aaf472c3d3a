#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/config/schema.h"
#include "core/config/toml.h"

namespace ahascope::config {

namespace {

constexpr std::ptrdiff_t mostUps = 3; // beyond which a path is not "beside" the file

std::string escaped(std::string_view text, bool manyLines)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto code = static_cast<unsigned char>(c);
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '"') {
            out += "\\\"";
        } else if (c == '\n') {
            out += manyLines ? "\n" : "\\n";
        } else if (c == '\t') {
            out += manyLines ? "\t" : "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else if (code < 0x20 || code == 0x7F) {
            out += "\\u00";
            out += "0123456789ABCDEF"[code >> 4];
            out += "0123456789ABCDEF"[code & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string textValue(const std::string& text)
{
    // The line end after the opening quotes is not part of the text.
    return text.find('\n') == std::string::npos ? '"' + escaped(text, false) + '"'
                                                : "\"\"\"\n" + escaped(text, true) + "\"\"\"";
}

std::string numberValue(double number)
{
    char buffer[32];
    std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string keyText(const std::string& key)
{
    const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    return bare ? key : '"' + escaped(key, false) + '"';
}

class Writer {
public:
    Writer(bool full, bool absolute, const std::filesystem::path& folder)
        : m_full(full)
        , m_absolute(absolute)
        , m_folder(folder)
    {
    }

    std::string write(Experiment& experiment)
    {
        m_text = "schema_version = " + std::to_string(currentSchemaVersion) + '\n';
        writeObject(experimentSchema(), &experiment, "");
        return std::move(m_text);
    }

private:
    // `head` stands before the keys, if there is anything to write or `always`.
    void writeTable(const std::string& head, bool always, const Schema& schema, void* object, const std::string& path)
    {
        const std::size_t before = m_text.size();
        m_text += '\n' + head + '\n';
        const bool fields = writeFields(schema, object);
        const std::size_t afterFields = m_text.size();
        writeParts(schema, object, path);
        if (!fields && !always) {
            // A table that holds nothing itself needs no head of its own.
            m_text.erase(before, afterFields - before);
        }
    }

    void writeObject(const Schema& schema, void* object, const std::string& path)
    {
        writeFields(schema, object);
        writeParts(schema, object, path);
    }

    bool writeFields(const Schema& schema, void* object)
    {
        bool any = false;
        for (const Field& field : schema.fields) {
            const Value value = field.get(object);
            if (std::holds_alternative<std::monostate>(value) || (!m_full && value == field.fallback)) {
                continue;
            }
            const auto* text = std::get_if<std::string>(&value);
            const bool emptyPath = (field.kind == FieldKind::FilePath || field.kind == FieldKind::FolderPath
                                       || field.kind == FieldKind::LongText)
                && text != nullptr && text->empty();
            if (emptyPath) {
                continue; // says nothing, and would only invite a question
            }
            m_text += keyText(field.key) + " = " + valueText(field, value) + '\n';
            any = true;
        }
        return any;
    }

    void writeParts(const Schema& schema, void* object, const std::string& path)
    {
        for (const Section& section : schema.sections) {
            if (section.present(object)) {
                void* inner = section.object(object);
                const std::string place = path + keyText(section.key);
                writeTable('[' + place + ']', section.optional, section.schema(inner), inner, place + '.');
            }
        }
        for (const List& list : schema.lists) {
            for (std::size_t i = 0; i < list.size(object); ++i) {
                void* member = list.at(object, i);
                const std::string place
                    = list.byName ? path + keyText(list.nameOf(object, i)) : path + keyText(list.key);
                const std::string head = list.byName ? '[' + place + ']' : "[[" + place + "]]";
                writeTable(head, true, list.schema(member), member, place + '.');
            }
        }
    }

    std::string valueText(const Field& field, const Value& value) const
    {
        if (const auto* text = std::get_if<std::string>(&value)) {
            const bool path = field.kind == FieldKind::FilePath || field.kind == FieldKind::FolderPath;
            return textValue(path && !m_absolute ? relative(*text) : *text);
        }
        if (const auto* number = std::get_if<double>(&value)) {
            return numberValue(*number);
        }
        return toString(value);
    }

    // Below or beside the folder (up to three steps up) relative, elsewhere absolute.
    std::string relative(const std::string& path) const
    {
        std::filesystem::path folder
            = std::filesystem::absolute(m_folder.empty() ? std::filesystem::path(".") : m_folder).lexically_normal();
        if (!folder.has_filename()) {
            folder = folder.parent_path();
        }
        const std::filesystem::path from = std::filesystem::path(path).lexically_relative(folder);
        const auto ups = std::count(from.begin(), from.end(), std::filesystem::path(".."));
        const auto depth = std::distance(folder.begin(), folder.end()) - 1; // without the root
        return from.empty() || ups > mostUps || ups >= depth ? path : from.string();
    }

    bool m_full;
    bool m_absolute;
    const std::filesystem::path& m_folder;
    std::string m_text;
};

} // namespace

std::string toToml(const Experiment& experiment, SaveForm form, const std::filesystem::path& folder)
{
    Experiment written = experiment;
    if (form == SaveForm::SelfContained) {
        if (!written.prompt.text.empty()) {
            written.prompt.file.clear();
        }
    } else if (!written.prompt.file.empty()) {
        written.prompt.text.clear(); // it is in the file
    }
    return Writer(form != SaveForm::Short, form == SaveForm::SelfContained, folder).write(written);
}

} // namespace ahascope::config
