#include "core/text/front_matter.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/text/nearest_name.h"
#include "core/text/safe_toml.h"
#include "core/text/white_space.h"

namespace ahascope::text {

namespace {

constexpr std::size_t longestString = 4096;
constexpr std::size_t mostStops = 16;
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
        static const std::vector<std::string> known{"answer_tags", "name", "prefill", "stop", "think_tags"};
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

    std::optional<std::string> textOf(const std::string& key, const toml::node& node)
    {
        const auto value = node.value_exact<std::string>();
        if (!value) {
            complain(key, node, "is not a text", "write " + key + " = \"...\"");
        } else if (value->size() > longestString) {
            complain(key, node, "is longer than " + std::to_string(longestString) + " bytes", "shorten it");
            return std::nullopt;
        }
        return value;
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

} // namespace ahascope::text
