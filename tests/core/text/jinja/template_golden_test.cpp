// Against what transformers renders of the same templates and conversations: see tests/parity/make_chat_golden.py.
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "core/problem.h"
#include "core/text/jinja/json_value.h"
#include "core/text/jinja/template.h"

namespace ahascope::text::jinja {
namespace {

constexpr std::chrono::sys_days today = std::chrono::year(2026) / std::chrono::November / 24;

Value golden()
{
    std::ifstream in(std::string(AHASCOPE_SOURCE_DIR) + "/tests/parity/chat_golden.json");
    return valueOfJson(std::string(std::istreambuf_iterator<char>(in), {}), "chat_golden.json");
}

const Value& member(const Value& dict, std::string_view key)
{
    Budget budget{Limits{}};
    const Value* found = find(*dict.asDict(), key, budget);
    EXPECT_NE(found, nullptr) << key;
    return *found;
}

Entries variablesOf(const Value& all, const Value& messages, const Value& settings)
{
    Budget budget{Limits{}};
    Entries variables{{Value::text("messages"), messages}, {Value::text("tools"), Value::none()},
        {Value::text("documents"), Value::none()}};
    for (const Value* more : {&member(all, "tokens"), &settings}) {
        for (const auto& [name, value] : more->asDict()->entries)
            put(variables, name, value, budget);
    }
    return variables;
}

void compareWith(const Value& expected, const Template& chat, const Entries& variables)
{
    if (expected.isNone())
        EXPECT_THROW(chat.render(variables, {.today = today}), InputError);
    else
        EXPECT_EQ(chat.render(variables, {.today = today}), *expected.asText());
}

TEST(TemplateGolden, EqualsTransformersForEveryTemplateAndConversation)
{
    const Value all = golden();
    std::size_t texts = 0;
    for (const auto& [name, source] : member(all, "templates").asDict()->entries) {
        const Template chat = Template::parse(*source.asText(), *name.asText());
        for (const auto& [conversation, messages] : member(all, "conversations").asDict()->entries) {
            const std::vector<Value>& settings = member(all, "settings").asSequence()->items;
            for (std::size_t i = 0; i < settings.size(); ++i) {
                const std::string key = *name.asText() + ", " + *conversation.asText() + ", " + std::to_string(i);
                SCOPED_TRACE(key);
                compareWith(member(member(all, "texts"), key), chat, variablesOf(all, messages, settings[i]));
                ++texts;
            }
        }
    }
    EXPECT_EQ(texts, 147u);
}

} // namespace
} // namespace ahascope::text::jinja
