#include "core/config/toml_reader.h"

#include <algorithm>

#include "core/config/migrations.h"
#include "core/text/nearest_name.h"
#include "core/text/safe_toml.h"
#include "core/text/utf8.h"

namespace ahascope::config {

namespace {

constexpr std::size_t longestFile = 4u << 20;
constexpr std::size_t mostProblems = 100; // more help nobody

std::uint32_t lineOf(const toml::node& node)
{
    return node.source().begin.line;
}

std::optional<Value> valueOf(const toml::node& node)
{
    if (const auto flag = node.value_exact<bool>()) {
        return Value(*flag);
    }
    if (const auto whole = node.value_exact<std::int64_t>()) {
        return Value(*whole);
    }
    if (const auto number = node.value_exact<double>()) {
        return Value(*number);
    }
    if (auto text = node.value_exact<std::string>()) {
        return Value(std::move(*text));
    }
    return std::nullopt;
}

class Reader {
public:
    Reader(const std::filesystem::path& folder, LineMap& lines, std::vector<Problem>& problems)
        : m_folder(folder)
        , m_lines(lines)
        , m_problems(problems)
    {
    }

    void readObject(const toml::table& table, void* object, const SchemaOf& schemaOf, const std::string& path)
    {
        Schema schema = schemaOf(object);
        for (const Field& field : schema.fields) {
            if (field.choosesSchema && table.contains(field.key)
                && !readField(*table.get(field.key), field, object, path)) {
                return; // what the other keys mean is not known
            }
        }
        schema = schemaOf(object);
        for (const Field& field : schema.fields) {
            if (!field.choosesSchema && table.contains(field.key)) {
                readField(*table.get(field.key), field, object, path);
            }
        }
        for (const Section& section : schema.sections) {
            if (const toml::node* node = table.get(section.key)) {
                readSection(*node, section, object, path);
            }
        }
        for (const List& list : schema.lists) {
            if (list.byName && list.key.empty()) {
                readNamedTables(table, schema, list, object, path);
            } else if (const toml::node* node = table.get(list.key)) {
                readArray(*node, list, object, path);
            }
        }
        refuseUnknown(table, schema, path);
    }

private:
    void complain(const std::string& path, std::string message, std::string remedy)
    {
        if (m_problems.size() < mostProblems) {
            m_problems.push_back({path, std::move(message), std::move(remedy)});
        }
    }

    bool readField(const toml::node& node, const Field& field, void* object, const std::string& path)
    {
        const std::string place = path + field.key;
        m_lines[place] = lineOf(node);
        std::optional<Value> value = valueOf(node);
        if (!value) {
            complain(place, "is not a single value", "write " + field.key + " = " + exampleOf(field));
            return false;
        }
        Problem problem = problemWith(field, *value);
        if (!problem.message.empty()) {
            complain(place, std::move(problem.message), std::move(problem.remedy));
            return false;
        }
        if (field.kind == FieldKind::FilePath || field.kind == FieldKind::FolderPath) {
            value = resolvedPath(std::get<std::string>(*value), m_folder);
        }
        field.set(object, *value);
        return true;
    }

    static std::string exampleOf(const Field& field)
    {
        if (!field.choices.empty()) {
            return '"' + field.choices.front() + '"';
        }
        return std::holds_alternative<std::string>(field.fallback) ? "\"...\"" : toString(field.fallback);
    }

    void readSection(const toml::node& node, const Section& section, void* owner, const std::string& path)
    {
        const std::string place = path + section.key;
        m_lines[place] = lineOf(node);
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            complain(place, "is not a table", "write [" + place + "]");
            return;
        }
        section.setPresent(owner, true);
        readObject(*table, section.object(owner), section.schema, place + '.');
    }

    void readArray(const toml::node& node, const List& list, void* owner, const std::string& path)
    {
        const std::string place = path + list.key;
        m_lines[place] = lineOf(node);
        const toml::array* array = node.as_array();
        if (array == nullptr) {
            complain(place, "is not a list of tables", "write [[" + place + "]]");
            return;
        }
        for (std::size_t i = 0; i < array->size(); ++i) {
            const toml::node& item = *array->get(i);
            const std::string itemPlace = place + '.' + std::to_string(i);
            m_lines[itemPlace] = lineOf(item);
            const toml::table* table = item.as_table();
            if (table == nullptr) {
                complain(itemPlace, "is not a table", "write [[" + place + "]]");
                return;
            }
            readItem(*table, list, owner, itemPlace);
        }
    }

    void readItem(const toml::table& table, const List& list, void* owner, const std::string& place)
    {
        const toml::node* node = table.get("type");
        const auto type = node != nullptr ? node->value_exact<std::string>() : std::nullopt;
        const bool known = type && std::find(list.types.begin(), list.types.end(), *type) != list.types.end();
        if (known) {
            list.add(owner, *type);
            readObject(table, list.at(owner, list.size(owner) - 1), list.schema, place + '.');
        } else if (type) {
            complain(place + ".type", "\"" + type->substr(0, 80) + "\" is not a known type",
                text::nameRemedy(*type, list.types));
        } else {
            complain(place + ".type", "is missing", "write type = \"" + list.types.front() + "\"");
        }
    }

    // Tables of the owner that are none of its sections, in the order of the file.
    void readNamedTables(
        const toml::table& table, const Schema& schema, const List& list, void* owner, const std::string& path)
    {
        std::vector<std::pair<std::string, const toml::table*>> members;
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (node.is_table() && !isOwnKey(schema, name)) {
                members.emplace_back(name, node.as_table());
            }
        }
        std::stable_sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return lineOf(*a.second) < lineOf(*b.second); });
        for (const auto& [name, member] : members) {
            m_lines[path + name] = lineOf(*member);
            list.add(owner, name);
            readObject(*member, list.at(owner, list.size(owner) - 1), list.schema, path + name + '.');
        }
    }

    static bool isOwnKey(const Schema& schema, const std::string& key)
    {
        return schema.field(key) != nullptr
            || std::any_of(
                schema.sections.begin(), schema.sections.end(), [&](const Section& one) { return one.key == key; })
            || std::any_of(schema.lists.begin(), schema.lists.end(),
                [&](const List& one) { return !one.key.empty() && one.key == key; });
    }

    void refuseUnknown(const toml::table& table, const Schema& schema, const std::string& path)
    {
        const bool takesTables = std::any_of(
            schema.lists.begin(), schema.lists.end(), [](const List& one) { return one.byName && one.key.empty(); });
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (isOwnKey(schema, name) || (takesTables && node.is_table())
                || (path.empty() && name == "schema_version")) {
                continue;
            }
            m_lines[path + name] = lineOf(node);
            complain(path + name, "unknown key", text::nameRemedy(name, keysOf(schema)));
        }
    }

    static std::vector<std::string> keysOf(const Schema& schema)
    {
        std::vector<std::string> keys;
        for (const Field& field : schema.fields) {
            keys.push_back(field.key);
        }
        for (const Section& section : schema.sections) {
            keys.push_back(section.key);
        }
        for (const List& list : schema.lists) {
            if (!list.key.empty()) {
                keys.push_back(list.key);
            }
        }
        return keys;
    }

    const std::filesystem::path& m_folder;
    LineMap& m_lines;
    std::vector<Problem>& m_problems;
};

} // namespace

std::string resolvedPath(const std::string& path, const std::filesystem::path& folder)
{
    if (path.empty()) {
        return path;
    }
    return std::filesystem::absolute(folder / path).lexically_normal().string();
}

void readToml(std::string_view toml, const std::filesystem::path& folder, Experiment& experiment, LineMap& lines,
    std::vector<Problem>& problems)
{
    if (toml.size() > longestFile) {
        problems.push_back({"", "is larger than " + std::to_string(longestFile >> 20) + " MiB", "shorten it"});
        return;
    }
    if (!text::isUtf8(toml)) {
        problems.push_back({"", "is not UTF-8", "save the file as UTF-8"});
        return;
    }
    toml::table document;
    try {
        document = text::parseToml(toml);
    } catch (const toml::parse_error& error) {
        lines["(syntax)"] = error.source().begin.line;
        problems.push_back({"(syntax)", std::string(error.description()), "see toml.io for how TOML is written"});
        return;
    }
    migrate(document, migrations(), problems);
    if (!problems.empty()) {
        lines["schema_version"] = lineOf(*document.get("schema_version"));
        return; // what the keys mean is not known
    }
    Reader(folder, lines, problems)
        .readObject(
            document, &experiment, [](const void*) { return experimentSchema(); }, "");
}

std::string placeOf(const std::string& where, const std::string& path, const LineMap& lines)
{
    for (std::string known = path; !known.empty();) {
        if (const auto line = lines.find(known); line != lines.end()) {
            const std::string place = where + ": line " + std::to_string(line->second);
            return path == "(syntax)" ? place : place + ": " + path;
        }
        const std::size_t dot = known.rfind('.');
        known.resize(dot == std::string::npos ? 0 : dot);
    }
    return path.empty() ? where : where + ": " + path;
}

std::optional<Value> parseTomlValue(std::string_view text)
{
    if (text.size() > longestFile || !text::isUtf8(text)) {
        return std::nullopt;
    }
    try {
        const toml::table document = text::parseToml("x = " + std::string(text) + "\n");
        return document.size() == 1 && document.contains("x") ? valueOf(*document.get("x")) : std::nullopt;
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

} // namespace ahascope::config
