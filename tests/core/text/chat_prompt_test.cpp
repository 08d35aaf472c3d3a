#include "core/text/chat_prompt.h"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"
#include "core/text/prompt_template.h"

namespace ahascope::text {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const ModelChat model{.source = "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
                                "{% if add_generation_prompt %}[assistant]{% endif %}"
                                "{% if enable_thinking is false %}<think></think>{% endif %}",
    .where = "tokenizer_config.json: chat_template",
    .tokens = {{"bos_token", "<s>"}, {"eos_token", "</s>"}}};

Problem problemOf(const std::function<void()>& work)
{
    try {
        work();
        ADD_FAILURE() << "no problem";
    } catch (const InputError& error) {
        return error.problems().front();
    }
    return {};
}

TEST(ChatPrompt, PutsTheQuestionIntoTheModelsTemplate)
{
    const auto prompt = PromptTemplate::parse("+++\nstop = \"END\"\n[chat]\nsystem = \"Be brief.\"\n+++\n", "t.txt");
    ASSERT_NE(prompt.chat(), nullptr);
    const PromptTemplate whole = prompt.withModel(model);
    EXPECT_EQ(whole.render("What is {{prompt}}?"), "<s>[system]Be brief.[user]What is {{prompt}}?[assistant]");
    EXPECT_THAT(whole.stop(), testing::ElementsAre("END"));
}

TEST(ChatPrompt, TakesVariablesAndPrefillFromTheFrontMatter)
{
    const auto prompt = PromptTemplate::parse(
        "+++\nprefill = \"<think>\"\n[chat]\nvariables = {enable_thinking = false, bos_token = \"!\"}\n+++", "t.txt");
    EXPECT_EQ(prompt.withModel(model).render("q"), "![user]q[assistant]<think></think><think>");
}

TEST(ChatPrompt, PrefersATemplateOfItsOwnAndCountsItsLinesInTheFile)
{
    const std::string head = "+++\n[chat]\n+++\n";
    EXPECT_EQ(PromptTemplate::parse(head + "own {{ messages[-1].content }}\n", "t.txt").withModel(model).render("q"),
        "own q");
    EXPECT_EQ(problemOf([&] { PromptTemplate::parse(head + "a\n{% if %}", "t.txt"); }).where, "t.txt: line 5");
    const auto raising = PromptTemplate::parse(head + "a\nb\n{{ raise_exception('no') }}", "t.txt");
    EXPECT_EQ(problemOf([&] { raising.render("q"); }).where, "t.txt: line 6");
}

TEST(ChatPrompt, CanBeWrittenSoThatItNeedsNoModel)
{
    const std::string text = "+++\nname = \"Mine\"\nstop = [\"a\", \"\\n\"]\nthink_tags = [\"<t>\", \"</t>\"]\n"
                             "prefill = \"<t>\"\n[chat]\nsystem = \"one\\ntwo \\\"x\\\"\"\n"
                             "variables = {a = true, b = 2, c = 1.5, d = \"e\"}\n+++\n";
    const PromptTemplate whole = PromptTemplate::parse(text, "t.txt").withModel(model);
    const PromptTemplate again = PromptTemplate::parse(whole.chatText(), "stored");
    EXPECT_EQ(again.render("q"), whole.render("q"));
    EXPECT_THAT(again.render("q"), StartsWith("<s>[system]one\ntwo \"x\"[user]"));
    EXPECT_EQ(again.frontMatter().stop, whole.frontMatter().stop);
    EXPECT_EQ(again.format(), whole.format());
    EXPECT_EQ(again.frontMatter().chat->date, whole.frontMatter().chat->date);
    EXPECT_EQ(again.chatText(), whole.chatText());
    EXPECT_EQ(again.withModel({}).chatText(), whole.chatText());
}

TEST(ChatPrompt, SaysTheDateOfItsFrontMatter)
{
    const auto prompt
        = PromptTemplate::parse("+++\n[chat]\ndate = \"2024-07-26\"\n+++\n{{ strftime_now('%d %b %Y') }}", "t.txt");
    EXPECT_EQ(prompt.render("q"), "26 Jul 2024");
    EXPECT_THAT(problemOf([] { PromptTemplate::parse("+++\n[chat]\ndate = \"July\"\n+++\n", "t.txt"); }).where,
        HasSubstr("chat.date"));
}

TEST(ChatPrompt, RefusesAModelWithoutATemplate)
{
    const auto prompt = PromptTemplate::parse("+++\n[chat]\n+++\n", "t.txt");
    EXPECT_THAT(problemOf([&] { prompt.withModel({}); }).message, HasSubstr("no chat template"));
    EXPECT_THAT(problemOf([&] { prompt.render("q"); }).remedy, HasSubstr("name a model"));
}

TEST(ChatPrompt, NamesWhatItDoesNotKnowInTheFrontMatter)
{
    const std::pair<const char*, const char*> cases[]
        = {{"chat = true", "chat"}, {"[chat]\nsytem = \"x\"", "chat.sytem"},
            {"[chat]\nvariables = 3", "chat.variables"}, {"[chat]\nvariables = {a = [1]}", "chat.variables.a"}};
    for (const auto& [head, where] : cases) {
        const std::string text = std::string("+++\n") + head + "\n+++\n";
        EXPECT_THAT(problemOf([&] { PromptTemplate::parse(text, "t.txt"); }).where, HasSubstr(where)) << head;
    }
}

TEST(ChatPrompt, RendersAConversationWithItsOwnVariables)
{
    const ChatPrompt prompt
        = ChatPrompt::parse({.system = "S", .date = {}, .variables = {}}, "", "--chat").withModel(model);
    const std::string line
        = R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "add_generation_prompt": false})";
    EXPECT_EQ(prompt.renderLine(line, "line"), "<s>[system]S[user]a[assistant]b");
    EXPECT_EQ(prompt.renderLine(R"({"question": "q"})", "line"), "<s>[system]S[user]q[assistant]");
    for (const char* wrong : {"[]", "{}", R"({"messages": [1]})", R"({"messages": "x"})"})
        EXPECT_THROW(prompt.renderLine(wrong, "line"), InputError) << wrong;
}

} // namespace
} // namespace ahascope::text
