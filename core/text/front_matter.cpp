#include "core/text/front_matter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "core/text/nearest_name.h"
#include "core/text/safe_toml.h"
#include "core/text/white_space.h"

namespace ahascope::text {

namespace {

constexpr std::size_t longestString = 4096;
constexpr std::size_t longestMessage = 1 << 16;
constexpr std::size_t mostStops = 16;
constexpr std::size_t mostVariables = 64;
const std::string_view fence = "+++";

struct Line {
    std::string_view text; // without its end
    std::size_t next = 0;  // where the following line begins
};

Line lineAt(std::string_view text, std::size_t begin)
{
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) {
        return {text.substr(begin), text.size()};
    }
    return {text.substr(begin, end - begin), end + 1};
}

class Reader {
public:
    Reader(std::string where, std::vector<Problem>& problems) : m_where(std::move(where)), m_problems(problems) { }

    FrontMatter read(const toml::table& table)
    {
        static const std::vector<std::string> known{"answer_tags", "chat", "name", "prefill", "stop", "think_tags"};
        FrontMatter read;
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (name == "name") {
                read.name = textOf(name, node).value_or("");
            } else if (name == "prefill") {
                read.format.prefill = textOf(name, node).value_or("");
            } else if (name == "stop") {
                readStop(read, node);
            } else if (name == "think_tags") {
                readTags(name, node, read.format.tags.thinkOpen, read.format.tags.thinkClose);
            } else if (name == "answer_tags") {
                readTags(name, node, read.format.tags.answerOpen, read.format.tags.answerClose);
            } else if (name == "chat") {
                read.chat = readChat(node);
            } else {
                complain(name, node, "unknown key", nameRemedy(name, known));
            }
        }
        checkTags(read.format.tags);
        return read;
    }

private:
    void complain(const std::string& key, const toml::node& node, std::string message, std::string remedy)
    {
        // The fence is line 1, so line n of the TOML is line n + 1 of the file.
        const auto line = node.source().begin.line + 1;
        m_problems.push_back(
            {m_where + ": line " + std::to_string(line) + ": " + key, std::move(message), std::move(remedy)});
    }

    std::optional<std::string> textOf(
        const std::string& key, const toml::node& node, std::size_t longest = longestString)
    {
        const auto value = node.value_exact<std::string>();
        if (!value) {
            complain(key, node, "is not a text", "write " + key + " = \"...\"");
        } else if (value->size() > longest) {
            complain(key, node, "is longer than " + std::to_string(longest) + " bytes", "shorten it");
            return std::nullopt;
        }
        return value;
    }

    ChatSettings readChat(const toml::node& node)
    {
        static const std::vector<std::string> known{"date", "system", "variables"};
        ChatSettings chat;
        if (!node.is_table()) {
            complain("chat", node, "is not a table", "write [chat] on a line of its own");
            return chat;
        }
        for (const auto& [key, value] : *node.as_table()) {
            const std::string name(key.str());
            if (name == "system") {
                chat.system = textOf("chat.system", value, longestMessage).value_or("");
            } else if (name == "date") {
                chat.date = textOf("chat.date", value).value_or("");
            } else if (name == "variables") {
                readVariables(chat, value);
            } else {
                complain("chat." + name, value, "unknown key", nameRemedy(name, known));
            }
        }
        return chat;
    }

    void readVariables(ChatSettings& chat, const toml::node& node)
    {
        const toml::table* table = node.as_table();
        if (table == nullptr || table->size() > mostVariables) {
            complain("chat.variables", node, "is not a table of at most " + std::to_string(mostVariables) + " values",
                "write variables = {enable_thinking = false}");
            return;
        }
        for (const auto& [key, value] : *table) {
            const std::string name(key.str());
            if (const auto boolean = value.value_exact<bool>()) {
                chat.variables.emplace_back(name, *boolean);
            } else if (const auto integer = value.value_exact<std::int64_t>()) {
                chat.variables.emplace_back(name, *integer);
            } else if (const auto number = value.value_exact<double>()) {
                chat.variables.emplace_back(name, *number);
            } else if (const auto text = textOf("chat.variables." + name, value)) {
                chat.variables.emplace_back(name, *text);
            }
        }
    }

    void readStop(FrontMatter& read, const toml::node& node)
    {
        std::vector<std::string> stops;
        if (const toml::array* list = node.as_array()) {
            for (const toml::node& entry : *list) {
                stops.push_back(textOf("stop", entry).value_or(""));
            }
        } else {
            stops.push_back(textOf("stop", node).value_or(""));
        }
        if (stops.size() > mostStops) {
            complain("stop", node, "more than " + std::to_string(mostStops) + " stop strings", "keep the shortest");
            return;
        }
        std::erase_if(stops, [&](const std::string& stop) {
            if (stop.empty()) {
                complain("stop", node, "a stop string is empty", "remove it");
            }
            return stop.empty();
        });
        read.stop = std::move(stops);
    }

    void readTags(const std::string& key, const toml::node& node, std::string& open, std::string& close)
    {
        const toml::array* list = node.as_array();
        if (list == nullptr || list->size() != 2) {
            complain(key, node, "is not a pair of texts", "write " + key + " = [\"<tag>\", \"</tag>\"]");
            return;
        }
        const auto first = textOf(key, *list->get(0));
        const auto second = textOf(key, *list->get(1));
        if (first && second) {
            if (isBlank(*first) || isBlank(*second)) {
                complain(key, node, "a tag is empty", "write " + key + " = [\"<tag>\", \"</tag>\"]");
                return;
            }
            open = *first;
            close = *second;
        }
    }

    // A tag inside another could not be told from it.
    void checkTags(const Tags& tags)
    {
        const std::array<const std::string*, 4> all{
            &tags.thinkOpen, &tags.thinkClose, &tags.answerOpen, &tags.answerClose};
        for (const std::string* a : all) {
            for (const std::string* b : all) {
                if (a != b && b->find(*a) != std::string::npos) {
                    m_problems.push_back({m_where + ": think_tags, answer_tags",
                        "\"" + *a + "\" is part of \"" + *b + "\"", "choose four tags that do not hold each other"});
                    return;
                }
            }
        }
    }

    std::string m_where;
    std::vector<Problem>& m_problems;
};

} // namespace

SplitTemplate splitFrontMatter(std::string_view text, const std::string& where, std::vector<Problem>& problems)
{
    SplitTemplate split;
    split.body = text;
    const Line first = lineAt(text, 0);
    if (trim(first.text) != fence) {
        return split;
    }
    std::size_t at = first.next;
    std::size_t lineNumber = 2;
    while (at < text.size()) {
        const Line line = lineAt(text, at);
        if (trim(line.text) == fence) {
            split.body = text.substr(line.next);
            split.bodyLine = lineNumber + 1;
            const std::string_view head = text.substr(first.next, at - first.next);
            try {
                split.frontMatter = Reader(where, problems).read(parseToml(head));
            } catch (const toml::parse_error& error) {
                problems.push_back({where + ": line " + std::to_string(error.source().begin.line + 1),
                    std::string(error.description()), "front matter is TOML: key = \"value\""});
            }
            return split;
        }
        at = line.next;
        ++lineNumber;
    }
    problems.push_back({where + ": line 1", "front matter begins with +++ and never ends",
        "put a line with +++ alone after the last key"});
    return split;
}

std::string frontMatterText(const FrontMatter& frontMatter)
{
    const FrontMatter plain;
    const Tags& tags = frontMatter.format.tags;
    toml::table table;
    if (!frontMatter.name.empty()) {
        table.insert("name", frontMatter.name);
    }
    if (!frontMatter.stop.empty()) {
        toml::array stop;
        for (const std::string& one : frontMatter.stop) {
            stop.push_back(one);
        }
        table.insert("stop", std::move(stop));
    }
    if (tags != plain.format.tags) {
        table.insert("think_tags", toml::array{tags.thinkOpen, tags.thinkClose});
        table.insert("answer_tags", toml::array{tags.answerOpen, tags.answerClose});
    }
    if (!frontMatter.format.prefill.empty()) {
        table.insert("prefill", frontMatter.format.prefill);
    }
    if (frontMatter.chat) {
        toml::table variables;
        for (const auto& [name, value] : frontMatter.chat->variables) {
            std::visit([&, &key = name](const auto& one) { variables.insert(key, one); }, value);
        }
        toml::table chat{{"system", frontMatter.chat->system}, {"date", frontMatter.chat->date}};
        chat.insert("variables", std::move(variables));
        table.insert("chat", std::move(chat));
    }
    std::ostringstream text;
    // Every text in double quotes and on one line: a literal one cannot hold a line end.
    constexpr auto style = toml::toml_formatter::default_flags
        & ~(toml::format_flags::allow_multi_line_strings | toml::format_flags::allow_literal_strings);
    text << fence << '\n' << toml::toml_formatter(table, style) << '\n' << fence << '\n';
    return text.str();
}

} // namespace ahascope::text
