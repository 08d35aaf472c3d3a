#include "core/text/prompt_template.h"

#include <algorithm>

#include "core/text/nearest_name.h"
#include "core/text/utf8.h"
#include "core/text/white_space.h"

namespace ahascope::text {

namespace {

constexpr std::size_t mostBytes = 1 << 20;
constexpr std::size_t mostPlaceholders = 4096;
const std::string_view opening = "{{";
const std::string_view closing = "}}";
const std::string_view byteOrderMark = "\xEF\xBB\xBF"; // some editors put it before the text

// Counts lines as the scan moves on, so that every problem can name its own without a second pass.
class Place {
public:
    Place(std::string where, std::string_view text, std::size_t firstLine)
        : m_where(std::move(where))
        , m_text(text)
        , m_line(firstLine)
    {
    }

    // Positions must not go back.
    std::string at(std::size_t position)
    {
        m_line += static_cast<std::size_t>(std::count(m_text.begin() + static_cast<std::ptrdiff_t>(m_counted),
            m_text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
        m_counted = position;
        return m_where + ": line " + std::to_string(m_line);
    }

private:
    std::string m_where;
    std::string_view m_text;
    std::size_t m_line;
    std::size_t m_counted = 0;
};

std::string_view withoutLastLineEnd(std::string_view text)
{
    if (text.ends_with("\r\n")) {
        return text.substr(0, text.size() - 2);
    }
    return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

std::string quoted(std::string_view text)
{
    constexpr std::size_t shown = 40;
    return "\"" + std::string(text.substr(0, shown)) + (text.size() > shown ? "..." : "") + "\"";
}

} // namespace

std::string_view r1ZeroTemplate()
{
    return "+++\n"
           "name = \"R1-Zero\"\n"
           "stop = [\"</answer>\"]\n"
           "+++\n"
           "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The "
           "assistant first thinks about the reasoning process in the mind and then provides the user with the answer. "
           "The reasoning process and answer are enclosed within <think> </think> and <answer> </answer> tags, "
           "respectively, i.e., <think> reasoning process here </think> <answer> answer here </answer>. User: "
           "{{prompt}}. Assistant:\n";
}

const std::string* findColumn(const Columns& columns, std::string_view name)
{
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.first == name; });
    return found == columns.end() ? nullptr : &found->second;
}

PromptTemplate PromptTemplate::parse(std::string_view text, const std::string& where)
{
    if (text.size() > mostBytes) {
        throw InputError(
            Problem{where, "the template is larger than 1 MiB", "templates are short texts; is this the right file?"});
    }
    if (!isUtf8(text)) {
        throw InputError(Problem{where, "the template is not UTF-8", "save it as UTF-8"});
    }
    if (text.starts_with(byteOrderMark)) {
        text.remove_prefix(byteOrderMark.size());
    }
    std::vector<Problem> problems;
    PromptTemplate parsed;
    parsed.m_where = where;
    SplitTemplate split = splitFrontMatter(text, where, problems);
    parsed.m_frontMatter = std::move(split.frontMatter);
    if (parsed.m_frontMatter.chat && problems.empty()) {
        parsed.m_chat = ChatPrompt::parse(*parsed.m_frontMatter.chat, split.body, where, split.bodyLine);
    } else if (!parsed.m_frontMatter.chat) {
        parsed.readBody(withoutLastLineEnd(split.body), split.bodyLine, problems);
    }
    if (!problems.empty()) {
        throw InputError(std::move(problems));
    }
    return parsed;
}

void PromptTemplate::readBody(std::string_view body, std::size_t firstLine, std::vector<Problem>& problems)
{
    Place place(m_where, body, firstLine);
    std::string literal;
    bool hasPrompt = false;
    std::size_t at = 0;
    while (true) {
        std::size_t open = body.find(opening, at);
        while (open != std::string_view::npos && body.substr(open + 1, 2) == opening) {
            ++open; // of three braces the first is text
        }
        literal += body.substr(at, open == std::string_view::npos ? open : open - at);
        if (open == std::string_view::npos) {
            break;
        }
        at = open + opening.size();
        if (literal.ends_with('\\')) {
            literal.back() = '{';
            literal += '{';
            continue;
        }
        const std::size_t close = body.find(closing, at);
        const std::string_view name = trim(body.substr(at, close == std::string_view::npos ? close : close - at));
        if (close == std::string_view::npos || name.find_first_of("{}\n") != std::string_view::npos) {
            problems.push_back({place.at(open), "{{ is not closed by }}", "write {{column}}, or \\{{ for braces"});
            return; // what follows cannot be told apart any more
        }
        if (name.empty()) {
            problems.push_back({place.at(open), "{{}} names no column", "write {{prompt}} or {{column}}"});
        }
        if (m_pieces.size() > 2 * mostPlaceholders) {
            problems.push_back({place.at(open), "more than 4096 placeholders", "shorten the template"});
            return;
        }
        if (!literal.empty()) {
            m_pieces.push_back({false, std::move(literal)});
            literal.clear();
        }
        m_pieces.push_back({true, std::string(name)});
        hasPrompt = hasPrompt || name == "prompt";
        if (name != "prompt" && std::find(m_columnNames.begin(), m_columnNames.end(), name) == m_columnNames.end()) {
            m_columnNames.emplace_back(name);
        }
        at = close + closing.size();
    }
    if (!literal.empty()) {
        m_pieces.push_back({false, std::move(literal)});
    }
    if (!hasPrompt) {
        const std::size_t found = body.find("{prompt}");
        const bool single = found != std::string_view::npos && (found == 0 || body[found - 1] != '{');
        problems.push_back({m_where, "the template has no {{prompt}}",
            single ? "write {{prompt}} with two braces" : "put {{prompt}} where the question belongs"});
    }
}

PromptTemplate PromptTemplate::withModel(const ModelChat& model) const
{
    PromptTemplate completed = *this;
    if (m_chat) {
        completed.m_chat = m_chat->withModel(model);
        completed.m_frontMatter.chat = completed.m_chat->settings();
    }
    return completed;
}

std::string PromptTemplate::chatText() const
{
    return frontMatterText(m_frontMatter) + m_chat->source();
}

std::string PromptTemplate::render(std::string_view question, const Columns& columns) const
{
    if (m_chat) {
        return m_chat->render(question) + m_frontMatter.format.prefill;
    }
    std::string prompt;
    for (const Piece& piece : m_pieces) {
        if (!piece.placeholder) {
            prompt += piece.text;
        } else if (piece.text == "prompt") {
            prompt += question;
        } else if (const std::string* value = findColumn(columns, piece.text)) {
            prompt += *value;
        } else if (piece.text == "question") {
            prompt += question;
        } else {
            std::vector<std::string> known{"prompt"};
            for (const auto& [name, unused] : columns) {
                known.push_back(name);
            }
            throw InputError(Problem{m_where + ": {{" + piece.text + "}}",
                "the data have no column " + quoted(piece.text), nameRemedy(piece.text, known)});
        }
    }
    prompt += m_frontMatter.format.prefill;
    return prompt;
}

} // namespace ahascope::text
