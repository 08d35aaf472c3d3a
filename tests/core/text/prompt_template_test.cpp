#include "core/text/prompt_template.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"

namespace ahascope::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string resource(const std::string& name)
{
    std::ifstream file(std::string(AHASCOPE_SOURCE_DIR) + "/resources/templates/" + name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<Problem> problemsOf(const std::string& text)
{
    try {
        PromptTemplate::parse(text, "t.txt");
    } catch (const InputError& error) {
        return error.problems();
    }
    return {};
}

std::string firstProblem(const std::string& text)
{
    const auto problems = problemsOf(text);
    return problems.empty() ? "" : toString(problems.front());
}

TEST(PromptTemplate, RendersThePapersTemplateToTheLetter)
{
    const auto parsed = PromptTemplate::parse(r1ZeroTemplate(), "r1-zero.txt");
    EXPECT_EQ(parsed.render("What is 2 + 3?"),
        "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The "
        "assistant first thinks about the reasoning process in the mind and then provides the user with the answer. "
        "The reasoning process and answer are enclosed within <think> </think> and <answer> </answer> tags, "
        "respectively, i.e., <think> reasoning process here </think> <answer> answer here </answer>. User: What is 2 "
        "+ 3?. Assistant:");
    EXPECT_THAT(parsed.stop(), ElementsAre("</answer>"));
    EXPECT_EQ(parsed.format(), CompletionFormat{});
}

TEST(PromptTemplate, ShipsTheDefaultAsAFileToo)
{
    EXPECT_EQ(resource("r1-zero.txt"), r1ZeroTemplate());
}

TEST(PromptTemplate, ShipsAShortOneForTinyModels)
{
    const auto parsed = PromptTemplate::parse(resource("tiny.txt"), "tiny.txt");
    EXPECT_EQ(parsed.render("make 22 using 3 8 11"), "User: make 22 using 3 8 11 . Assistant:");
    EXPECT_THAT(parsed.stop(), ElementsAre("</answer>"));
}

TEST(PromptTemplate, ShipsOneForTheModelsChatTemplate)
{
    const auto parsed = PromptTemplate::parse(resource("chat.txt"), "chat.txt");
    ASSERT_NE(parsed.chat(), nullptr);
    EXPECT_THAT(parsed.chat()->settings().system, testing::HasSubstr("<answer> answer here </answer>"));
    EXPECT_EQ(parsed.chat()->source(), "");
}

TEST(PromptTemplate, FillsColumnsIn)
{
    const auto parsed = PromptTemplate::parse("{{level}}: {{ prompt }} ({{level}}, {{n}}, {{question}})", "t.txt");
    EXPECT_THAT(parsed.columnNames(), ElementsAre("level", "n", "question"));
    EXPECT_EQ(parsed.render("q", {{"n", "[1, 2]"}, {"level", "3"}}), "3: q (3, [1, 2], q)");
    EXPECT_EQ(parsed.render("q", {{"n", ""}, {"level", "3"}, {"question", "own"}}), "3: q (3, , own)");
}

TEST(PromptTemplate, DoesNotReadPlaceholdersOutOfTheQuestion)
{
    EXPECT_EQ(PromptTemplate::parse("{{prompt}}", "t.txt").render("{{x}} {{prompt}}"), "{{x}} {{prompt}}");
}

TEST(PromptTemplate, NamesTheNearestColumnForAMissingOne)
{
    const auto parsed = PromptTemplate::parse("{{prompt}} {{levle}}", "t.txt");
    try {
        parsed.render("q", {{"level", "3"}});
        FAIL() << "rendered without the column";
    } catch (const InputError& error) {
        EXPECT_EQ(toString(error.problems().front()),
            "t.txt: {{levle}}: the data have no column \"levle\" (did you mean \"level\"?)");
    }
}

TEST(PromptTemplate, LeavesOutOneLastLineEnd)
{
    EXPECT_EQ(PromptTemplate::parse("{{prompt}}\n", "t").render("q"), "q");
    EXPECT_EQ(PromptTemplate::parse("{{prompt}}\r\n", "t").render("q"), "q");
    EXPECT_EQ(PromptTemplate::parse("{{prompt}}\n\n", "t").render("q"), "q\n");
}

TEST(PromptTemplate, KeepsBracesThatAreText)
{
    EXPECT_EQ(
        PromptTemplate::parse("{a} }} \\{{b}} \\frac{{{prompt}}}{2}", "t").render("q"), "{a} }} {{b}} \\frac{q}{2}");
}

TEST(PromptTemplate, ReadsItsFrontMatter)
{
    const auto parsed = PromptTemplate::parse("+++\nname = \"Mine\"\nstop = [\"END\", \"\\n\\n\"]\n"
                                              "think_tags = [\"[R]\", \"[/R]\"]\nanswer_tags = [\"[A]\", \"[/A]\"]\n"
                                              "prefill = \"[R]\\n\"\n+++\nQ: {{prompt}}\nA:",
        "t.txt");
    EXPECT_EQ(parsed.frontMatter().name, "Mine");
    EXPECT_THAT(parsed.stop(), ElementsAre("END", "\n\n"));
    EXPECT_EQ(parsed.format(), (CompletionFormat{{"[R]", "[/R]", "[A]", "[/A]"}, "[R]\n"}));
    EXPECT_EQ(parsed.render("1?"), "Q: 1?\nA:[R]\n");
}

TEST(PromptTemplate, TakesOneStopStringWithoutAList)
{
    EXPECT_THAT(PromptTemplate::parse("+++\nstop = \"###\"\n+++\n{{prompt}}", "t").stop(), ElementsAre("###"));
}

TEST(PromptTemplate, RefusesATemplateWithoutPrompt)
{
    EXPECT_EQ(firstProblem("User: hello"),
        "t.txt: the template has no {{prompt}} (put {{prompt}} where the question belongs)");
    EXPECT_EQ(
        firstProblem("User: {prompt}"), "t.txt: the template has no {{prompt}} (write {{prompt}} with two braces)");
    EXPECT_EQ(firstProblem("\\{{prompt}}"),
        "t.txt: the template has no {{prompt}} (put {{prompt}} where the question belongs)");
}

TEST(PromptTemplate, RefusesBracesThatDoNotClose)
{
    EXPECT_EQ(firstProblem("{{prompt}}\nand {{level"),
        "t.txt: line 2: {{ is not closed by }} (write {{column}}, or \\{{ for braces)");
    EXPECT_THAT(firstProblem("{{prompt}\n}}"), HasSubstr("line 1: {{ is not closed"));
    EXPECT_THAT(firstProblem("{{a {{prompt}}"), HasSubstr("line 1: {{ is not closed"));
    EXPECT_THAT(firstProblem("{{prompt}} {{ }}"), HasSubstr("line 1: {{}} names no column"));
}

TEST(PromptTemplate, NamesTheNearestKeyForAnUnknownOne)
{
    EXPECT_EQ(firstProblem("+++\nname = \"x\"\nstops = [\"a\"]\n+++\n{{prompt}}"),
        "t.txt: line 3: stops: unknown key (did you mean \"stop\"?)");
    EXPECT_EQ(firstProblem("+++\ntemperature = 1\n+++\n{{prompt}}"),
        "t.txt: line 2: temperature: unknown key (known: answer_tags, chat, name, prefill, stop, think_tags)");
}

TEST(PromptTemplate, ReportsEveryProblemOfItsFrontMatter)
{
    EXPECT_EQ(problemsOf("+++\nname = 3\nstop = [\"\"]\nthink_tags = [\"a\"]\n+++\n{{prompt}}").size(), 3u);
    EXPECT_THAT(firstProblem("+++\nname = \n+++\n{{prompt}}"), HasSubstr("t.txt: line 2: "));
    EXPECT_EQ(firstProblem("+++\nname = \"x\"\n{{prompt}}"),
        "t.txt: line 1: front matter begins with +++ and never ends (put a line with +++ alone after the last key)");
    EXPECT_EQ(firstProblem("+++\nthink_tags = [\"<a>\", \"<a><b>\"]\n+++\n{{prompt}}"),
        "t.txt: think_tags, answer_tags: \"<a>\" is part of \"<a><b>\" (choose four tags that do not hold each other)");
}

TEST(PromptTemplate, CountsLinesAfterTheFrontMatter)
{
    EXPECT_THAT(firstProblem("+++\nname = \"x\"\n+++\n{{prompt}}\n{{"), HasSubstr("t.txt: line 5: "));
}

TEST(PromptTemplate, WantsUtf8AndLooksPastAByteOrderMark)
{
    EXPECT_EQ(firstProblem("{{prompt}} \xFF"), "t.txt: the template is not UTF-8 (save it as UTF-8)");
    EXPECT_EQ(PromptTemplate::parse("\xEF\xBB\xBF+++\n+++\n{{prompt}}", "t").render("q"), "q");
}

TEST(PromptTemplate, RefusesWhatIsTooLargeToBeATemplate)
{
    EXPECT_EQ(firstProblem("{{prompt}}" + std::string(1 << 20, 'a')),
        "t.txt: the template is larger than 1 MiB (templates are short texts; is this the right file?)");
}

} // namespace
} // namespace ahascope::text
