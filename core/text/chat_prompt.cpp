#include "core/text/chat_prompt.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "core/problem.h"
#include "core/text/jinja/json_value.h"
#include "core/text/utf8.h"
#include "core/text/white_space.h"

namespace ahascope::text {

namespace {

using jinja::Entries;
using jinja::Value;

std::string today()
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[16];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &local)};
}

std::chrono::sys_days dayOf(const std::string& date, const std::string& where)
{
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    char after = 0;
    const bool whole = std::sscanf(date.c_str(), "%4d-%2u-%2u%c", &year, &month, &day, &after) == 3;
    const std::chrono::year_month_day read{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!whole || !read.ok())
        throw InputError(
            Problem{where + ": chat.date", "\"" + date.substr(0, 40) + "\" is no day", "write 2026-11-24"});
    return read;
}

Value valueOf(const ChatSettings::Variable& variable)
{
    if (const auto* text = std::get_if<std::string>(&variable))
        return Value::text(*text);
    if (const auto* boolean = std::get_if<bool>(&variable))
        return Value::boolean(*boolean);
    if (const auto* integer = std::get_if<std::int64_t>(&variable))
        return Value::integer(*integer);
    return Value::number(std::get<double>(variable));
}

Value message(const char* role, std::string content)
{
    return Value::dict(
        {{Value::text("role"), Value::text(role)}, {Value::text("content"), Value::text(std::move(content))}});
}

const Value* named(const Entries& variables, std::string_view name)
{
    const auto found = std::find_if(
        variables.begin(), variables.end(), [&](const auto& entry) { return *entry.first.asText() == name; });
    return found == variables.end() ? nullptr : &found->second;
}

void set(Entries& variables, const std::string& name, Value value)
{
    const auto found = std::find_if(
        variables.begin(), variables.end(), [&](const auto& entry) { return *entry.first.asText() == name; });
    if (found != variables.end())
        found->second = std::move(value);
    else
        variables.emplace_back(Value::text(name), std::move(value));
}

} // namespace

ChatPrompt ChatPrompt::parse(
    ChatSettings settings, std::string_view source, const std::string& where, std::size_t firstLine)
{
    ChatPrompt prompt;
    if (!settings.date.empty())
        dayOf(settings.date, where);
    prompt.m_settings = std::move(settings);
    prompt.m_source = source;
    prompt.m_where = where;
    if (!isBlank(source))
        prompt.m_template = jinja::Template::parse(source, where, static_cast<int>(firstLine));
    return prompt;
}

ChatPrompt ChatPrompt::withModel(const ModelChat& model) const
{
    ChatPrompt prompt = *this;
    if (!prompt.m_template) {
        if (isBlank(model.source))
            throw InputError(Problem{m_where, "the model has no chat template",
                "write one below the front matter, or use a template with {{prompt}}"});
        prompt.m_source = model.source;
        prompt.m_template = jinja::Template::parse(model.source, model.where);
    }
    std::vector<std::pair<std::string, ChatSettings::Variable>>& variables = prompt.m_settings.variables;
    for (const auto& [name, token] : model.tokens) {
        if (std::none_of(variables.begin(), variables.end(),
                [&, &name = name](const auto& known) { return known.first == name; }))
            variables.emplace_back(name, token);
    }
    if (prompt.m_settings.date.empty())
        prompt.m_settings.date = today();
    return prompt;
}

// After the system message, if there is one.
Value ChatPrompt::conversation(std::vector<Value> messages) const
{
    if (!m_settings.system.empty())
        messages.insert(messages.begin(), message("system", m_settings.system));
    return Value::list(std::move(messages));
}

std::string ChatPrompt::render(std::string_view question) const
{
    return render({{Value::text("messages"), conversation({message("user", repairedUtf8(question))})}});
}

std::string ChatPrompt::renderLine(std::string_view line, const std::string& where) const
{
    const Value value = jinja::valueOfJson(line, where);
    if (value.asDict() == nullptr)
        throw InputError(Problem{where, "the line is not a JSON object", "write {\"messages\": [...]}"});
    Entries variables = value.asDict()->entries;
    const Value* messages = named(variables, "messages");
    const Value* question = named(variables, "question");
    if (messages == nullptr && question != nullptr && question->asText() != nullptr) {
        set(variables, "messages", conversation({message("user", *question->asText())}));
        return render(variables);
    }
    if (messages == nullptr || messages->asSequence() == nullptr)
        throw InputError(Problem{where, "the line has no list \"messages\" and no text \"question\"",
            "write {\"messages\": [{\"role\": \"user\", \"content\": \"...\"}]}"});
    for (const Value& one : messages->asSequence()->items) {
        if (one.asDict() == nullptr)
            throw InputError(Problem{where, "a message is not an object", "write {\"role\": ..., \"content\": ...}"});
    }
    set(variables, "messages", conversation(messages->asSequence()->items));
    return render(variables);
}

// With what transformers gives every template besides.
std::string ChatPrompt::render(const Entries& given) const
{
    if (!m_template)
        throw InputError(Problem{m_where, "the chat template is the model's, and there is no model", "name a model"});
    Entries variables{{Value::text("tools"), Value::none()}, {Value::text("documents"), Value::none()},
        {Value::text("add_generation_prompt"), Value::boolean(true)}};
    for (const auto& [name, variable] : m_settings.variables)
        set(variables, name, valueOf(variable));
    for (const auto& [name, value] : given)
        set(variables, *name.asText(), value);
    const std::string& date = m_settings.date;
    return m_template->render(variables, {.today = dayOf(date.empty() ? today() : date, m_where)});
}

} // namespace ahascope::text
