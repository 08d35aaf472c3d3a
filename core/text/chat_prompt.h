// A question, or a whole conversation, through a chat template: the Jinja that a model brings along.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/text/jinja/template.h"

namespace ahascope::text {

// What the table [chat] in the front matter of a prompt template says.
struct ChatSettings {
    using Variable = std::variant<bool, std::int64_t, double, std::string>;

    std::string system;                                      // the system message; empty: none
    std::string date;                                        // that strftime_now() says, "2026-11-24"; empty: today
    std::vector<std::pair<std::string, Variable>> variables; // more that the template may ask for: enable_thinking

    bool operator==(const ChatSettings&) const = default;
};

// What a model folder says of conversations.
struct ModelChat {
    std::string source;                                      // Jinja; empty when there is none
    std::string where;                                       // that names it in problems
    std::vector<std::pair<std::string, std::string>> tokens; // "bos_token", "<s>"
};

class ChatPrompt {
public:
    // `source` is the template, or blank: that of the model. Throws InputError that names `where` and the line, counted
    // from `firstLine`.
    static ChatPrompt parse(
        ChatSettings settings, std::string_view source, const std::string& where, std::size_t firstLine = 1);

    // With the model's template unless there is one already, the model's special tokens as variables, and the date
    // fixed: it depends on nothing else from then on. Throws InputError when there is no template at all.
    ChatPrompt withModel(const ModelChat& model) const;

    // The prompt for an answer to the question. Throws InputError: see jinja::Template, and while there is no template.
    std::string render(std::string_view question) const;
    // For an answer to a conversation; `line` is a JSON object with "messages", or with a "question", and further
    // variables ("tools").
    std::string renderLine(std::string_view line, const std::string& where) const;

    const ChatSettings& settings() const { return m_settings; }
    const std::string& source() const { return m_source; } // blank: that of the model

private:
    jinja::Value conversation(std::vector<jinja::Value> messages) const;
    std::string render(const jinja::Entries& variables) const;

    ChatSettings m_settings;
    std::string m_source;
    std::string m_where;
    std::optional<jinja::Template> m_template;
};

} // namespace ahascope::text
