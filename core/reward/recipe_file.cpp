#include "core/reward/recipe_file.h"

#include <algorithm>
#include <fstream>

#include "core/text/nearest_name.h"
#include "core/text/safe_toml.h"

namespace ahascope::reward {

namespace {

constexpr std::size_t mostBytes = 1 << 20;

class Reader {
public:
    explicit Reader(std::string where) : m_where(std::move(where)) { }

    RecipeFile read(const toml::table& table)
    {
        static const std::vector<std::string> known{"checkpoint", "data", "device", "model", "name", "notes", "rule",
            "schema_version", "seed", "stage", "template"};
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (name == "rule") {
                readRules(node);
            } else if (name == "template") {
                readTemplate(node);
            } else if (std::find(known.begin(), known.end(), name) == known.end()) {
                complain(node, name, "unknown key", text::nameRemedy(name, known));
            }
        }
        if (!m_problems.empty()) {
            throw InputError(std::move(m_problems));
        }
        return std::move(m_file);
    }

private:
    void complain(const toml::node& node, const std::string& place, std::string message, std::string remedy)
    {
        const std::string line = std::to_string(node.source().begin.line);
        m_problems.push_back({m_where + ": line " + line + ": " + place, std::move(message), std::move(remedy)});
    }

    std::string textOf(const toml::node& node, const std::string& place)
    {
        const auto value = node.value_exact<std::string>();
        if (!value) {
            complain(node, place, "is not a text", "put it between quotation marks");
        }
        return value.value_or("");
    }

    void readTemplate(const toml::node& node)
    {
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            complain(node, "template", "is not a table", "write [template] and file = \"...\" below it");
            return;
        }
        for (const auto& [key, value] : *table) {
            if (key == "file") {
                m_file.templateFile = textOf(value, "template.file");
            } else if (key == "text") {
                m_file.templateText = textOf(value, "template.text");
            } else {
                complain(value, "template." + std::string(key.str()), "unknown key", "known: file, text");
            }
        }
    }

    void readRules(const toml::node& node)
    {
        const toml::array* rules = node.as_array();
        if (rules == nullptr) {
            complain(node, "rule", "is not a list of tables", "write [[rule]] with two brackets");
            return;
        }
        for (std::size_t i = 0; i < rules->size(); ++i) {
            const std::string place = "rule[" + std::to_string(i) + "]";
            const toml::table* table = rules->get(i)->as_table();
            if (table == nullptr) {
                complain(*rules->get(i), place, "is not a table", "write [[rule]] with two brackets");
                continue;
            }
            m_file.rules.push_back(readRule(*table, place));
        }
    }

    RuleSpec readRule(const toml::table& table, const std::string& place)
    {
        RuleSpec rule;
        bool typed = false;
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (name == "type") {
                rule.type = textOf(node, place + ".type");
                typed = true;
            } else if (name == "name") {
                rule.name = textOf(node, place + ".name");
            } else if (name == "weight") {
                readWeight(rule, node, place);
            } else {
                readOption(rule, name, node, place);
            }
        }
        if (!typed) {
            complain(table, place, "has no type", "add type = \"accuracy\" or another");
        }
        return rule;
    }

    void readWeight(RuleSpec& rule, const toml::node& node, const std::string& place)
    {
        if (!node.is_number()) {
            complain(node, place + ".weight", "is not a number", "1.0 is usual");
            return;
        }
        rule.weight = node.value<double>().value_or(1.0);
    }

    void readOption(RuleSpec& rule, const std::string& name, const toml::node& node, const std::string& place)
    {
        if (const auto flag = node.value_exact<bool>()) {
            rule.options.emplace_back(name, *flag);
        } else if (const auto whole = node.value_exact<std::int64_t>()) {
            rule.options.emplace_back(name, *whole);
        } else if (const auto real = node.value_exact<double>()) {
            rule.options.emplace_back(name, *real);
        } else if (auto words = node.value_exact<std::string>()) {
            rule.options.emplace_back(name, std::move(*words));
        } else {
            complain(node, place + "." + name, "is neither a text nor a number nor true or false", "write one value");
        }
    }

    std::string m_where;
    RecipeFile m_file;
    std::vector<Problem> m_problems;
};

std::string contentOf(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string content(mostBytes + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (file.bad() || (!file.eof() && file.fail()) || !file.is_open()) {
        throw InputError(Problem{path.string(), "cannot be read", "is the path right, and may you read it?"});
    }
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > mostBytes) {
        throw InputError(Problem{path.string(), "is larger than 1 MiB", "is this the right file?"});
    }
    return content;
}

} // namespace

RecipeFile parseRecipeFile(std::string_view toml, const std::string& where)
{
    try {
        return Reader(where).read(text::parseToml(toml));
    } catch (const toml::parse_error& error) {
        throw InputError(Problem{where + ": line " + std::to_string(error.source().begin.line),
            std::string(error.description()), "a recipe is TOML: [[rule]] and key = value below it"});
    }
}

Recipe loadRecipe(const std::filesystem::path& path)
{
    RecipeFile file = parseRecipeFile(contentOf(path), path.string());
    text::CompletionFormat format;
    if (!file.templateFile.empty() || !file.templateText.empty()) {
        const std::filesystem::path templatePath = path.parent_path() / file.templateFile;
        const bool inlined = file.templateFile.empty();
        const std::string text = inlined ? file.templateText : contentOf(templatePath);
        const std::string where = inlined ? path.string() + ": template.text" : templatePath.string();
        format = text::PromptTemplate::parse(text, where).format();
    }
    return Recipe(std::move(file.rules), std::move(format), path.string() + ": rule");
}

} // namespace ahascope::reward
