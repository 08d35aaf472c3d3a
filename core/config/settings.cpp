#include "core/config/settings.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/config/schema.h"
#include "core/config/toml_reader.h"
#include "core/text/nearest_name.h"
#include "core/text/white_space.h"

namespace ahascope::config {

namespace {

constexpr std::size_t mostParts = 16;

std::vector<std::string> partsOf(std::string_view path)
{
    std::vector<std::string> parts;
    while (parts.size() <= mostParts) {
        const std::size_t dot = path.find('.');
        parts.emplace_back(text::trim(path.substr(0, dot)));
        if (dot == std::string_view::npos) {
            break;
        }
        path.remove_prefix(dot + 1);
    }
    return parts;
}

// Member of a list by its number or its name (or type, where it has no name).
std::optional<std::size_t> memberOf(const List& list, void* owner, const std::string& part)
{
    const std::size_t size = list.size(owner);
    std::size_t index = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
    if (!list.byName && parsed.ec == std::errc() && parsed.ptr == part.data() + part.size()) {
        return index < size ? std::optional(index) : std::nullopt;
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (list.nameOf(owner, i) == part) {
            return i;
        }
    }
    for (std::size_t i = 0; i < size && !list.byName; ++i) {
        void* member = list.at(owner, i);
        if (list.nameOf(owner, i).empty() && toString(list.schema(member).fields.front().get(member)) == part) {
            return i;
        }
    }
    return std::nullopt;
}

std::vector<std::string> memberNames(const List& list, void* owner)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < list.size(owner); ++i) {
        const std::string name = list.nameOf(owner, i);
        names.push_back(name.empty() ? std::to_string(i) : name);
    }
    return names;
}

class Setter {
public:
    Setter(std::string where, const std::filesystem::path& folder, std::vector<Problem>& problems)
        : m_where(std::move(where))
        , m_folder(folder)
        , m_problems(problems)
    {
    }

    void set(Experiment& experiment, const std::vector<std::string>& parts, const std::string& value)
    {
        if (parts == std::vector<std::string>{"schema_version"}) {
            complain("schema_version is not a setting", "leave it out");
            return;
        }
        descend(experimentSchema(), &experiment, parts, 0, value);
    }

private:
    void complain(std::string message, std::string remedy)
    {
        m_problems.push_back({m_where, std::move(message), std::move(remedy)});
    }

    void descend(const Schema& schema, void* object, const std::vector<std::string>& parts, std::size_t at,
        const std::string& value)
    {
        const std::string& part = parts[at];
        const bool last = at + 1 == parts.size();
        std::vector<std::string> known;
        for (const Field& field : schema.fields) {
            if (field.key == part && last) {
                setField(field, object, value);
                return;
            }
            known.push_back(field.key);
        }
        for (const Section& section : schema.sections) {
            if (section.key == part && !last) {
                section.setPresent(object, true);
                void* inner = section.object(object);
                descend(section.schema(inner), inner, parts, at + 1, value);
                return;
            }
            known.push_back(section.key);
        }
        for (const List& list : schema.lists) {
            const std::size_t member = list.key.empty() ? at : at + 1;
            if ((list.key.empty() || list.key == part) && member + 1 < parts.size()) {
                descendList(list, object, parts, member, value, known);
                return;
            }
            if (!list.key.empty()) {
                known.push_back(list.key);
            }
        }
        const bool holder = std::find(known.begin(), known.end(), part) != known.end();
        complain(holder ? "\"" + part + "\" is not a single setting" : "there is no setting \"" + part + "\"",
            holder ? "name what is in it: " + part + ".key=value" : text::nameRemedy(part, known));
    }

    void descendList(const List& list, void* owner, const std::vector<std::string>& parts, std::size_t member,
        const std::string& value, std::vector<std::string> known)
    {
        const auto index = memberOf(list, owner, parts[member]);
        if (index) {
            void* object = list.at(owner, *index);
            descend(list.schema(object), object, parts, member + 1, value);
            return;
        }
        const std::vector<std::string> names = memberNames(list, owner);
        known.insert(known.end(), names.begin(), names.end());
        complain("there is no \"" + parts[member] + "\" in " + (list.key.empty() ? "it" : list.key),
            text::nameRemedy(parts[member], list.key.empty() ? known : names));
    }

    void setField(const Field& field, void* object, const std::string& text)
    {
        const bool holdsText
            = field.kind != FieldKind::Boolean && field.kind != FieldKind::Integer && field.kind != FieldKind::Number;
        Value value = text;
        const std::optional<Value> parsed = parseTomlValue(text);
        if (parsed && (!holdsText || std::holds_alternative<std::string>(*parsed))) {
            value = *parsed;
        }
        if (field.optional && text.empty()) {
            value = Value();
        }
        const Problem problem = problemWith(field, value);
        if (!problem.message.empty()) {
            complain(field.key + ' ' + problem.message, problem.remedy);
            return;
        }
        if (field.kind == FieldKind::FilePath || field.kind == FieldKind::FolderPath) {
            value = resolvedPath(std::get<std::string>(value), m_folder);
        }
        field.set(object, value);
    }

    std::string m_where;
    const std::filesystem::path& m_folder;
    std::vector<Problem>& m_problems;
};

} // namespace

void applySetting(Experiment& experiment, const std::string& setting, const std::filesystem::path& folder,
    std::vector<Problem>& problems)
{
    const std::string where = "--set " + setting.substr(0, 200);
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
        problems.push_back({where, "there is no = in it", "write path.to.key=value"});
        return;
    }
    const std::vector<std::string> parts = partsOf(std::string_view(setting).substr(0, equals));
    if (parts.size() > mostParts) {
        problems.push_back({where, "the path is too deep", "write path.to.key=value"});
        return;
    }
    Setter(where, folder, problems)
        .set(experiment, parts, std::string(text::trim(std::string_view(setting).substr(equals + 1))));
}

} // namespace ahascope::config
