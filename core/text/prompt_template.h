// A prompt template: optional TOML front matter between +++ lines, and text with {{prompt}} and {{column}}; or, when
// the front matter has a table [chat], a chat template in Jinja.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/chat_prompt.h"
#include "core/text/completion_parser.h"
#include "core/text/front_matter.h"

namespace ahascope::text {

// A dataset row's columns in file order. Strings as they are; every other value as its JSON text ("[3, 8, 11]").
using Columns = std::vector<std::pair<std::string, std::string>>;

// The value of a column; null if there is none.
const std::string* findColumn(const Columns& columns, std::string_view name);

// The template of DeepSeek-R1-Zero (arXiv 2501.12948, table 1) to the letter, with the stop string </answer>: the
// default. The same text as resources/templates/r1-zero.txt.
std::string_view r1ZeroTemplate();

class PromptTemplate {
public:
    // Reads a template's text; `where` names it in problems ("r1-zero.txt"). One line end at the very end is not part
    // of the prompt. \{{ stands for a literal {{. Throws InputError with every problem found: no {{prompt}}, braces
    // that do not close, front matter that is not TOML or has an unknown key, text that is not UTF-8, more than 1 MiB,
    // a chat template that cannot be read.
    static PromptTemplate parse(std::string_view text, const std::string& where);

    // The prompt as the model sees it, prefill included. {{prompt}} is the question; so is {{question}} unless a column
    // has that name. Throws InputError for a placeholder without its column.
    std::string render(std::string_view question, const Columns& columns = {}) const;

    // Null unless the template is a chat template.
    const ChatPrompt* chat() const { return m_chat ? &*m_chat : nullptr; }
    // A chat template completed by what the model brings, see ChatPrompt; any other template as it is.
    PromptTemplate withModel(const ModelChat& model) const;
    // A chat template as text that it can be read from again, what the model brought included.
    std::string chatText() const;

    const FrontMatter& frontMatter() const { return m_frontMatter; }
    const CompletionFormat& format() const { return m_frontMatter.format; }
    const std::vector<std::string>& stop() const { return m_frontMatter.stop; }
    // Names used besides "prompt", each once, in order.
    const std::vector<std::string>& columnNames() const { return m_columnNames; }

private:
    struct Piece {
        bool placeholder = false;
        std::string text; // literal text, or the name
    };
    void readBody(std::string_view body, std::size_t firstLine, std::vector<Problem>& problems);

    std::string m_where;
    FrontMatter m_frontMatter;
    std::vector<Piece> m_pieces;
    std::vector<std::string> m_columnNames;
    std::optional<ChatPrompt> m_chat;
};

} // namespace ahascope::text
