#include "core/text/completion_parser.h"

#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

std::string thinkOf(const ParsedCompletion& parsed)
{
    return parsed.think ? std::string(parsed.think->of(parsed.text)) : "(none)";
}

std::string answerOf(const ParsedCompletion& parsed)
{
    return parsed.answer ? std::string(parsed.answer->of(parsed.text)) : "(none)";
}

std::string chainOf(const ParsedCompletion& parsed)
{
    return std::string(parsed.chain.of(parsed.text));
}

TEST(CompletionParser, FindsBothBlocks)
{
    const auto parsed = parseCompletion(" <think> 3 + 4 = 7 </think> <answer> 7 </answer>");
    EXPECT_EQ(thinkOf(parsed), " 3 + 4 = 7 ");
    EXPECT_EQ(answerOf(parsed), " 7 ");
    EXPECT_EQ(chainOf(parsed), " 3 + 4 = 7 ");
    EXPECT_EQ(*parsed.think, (Span{8, 19}));
    EXPECT_TRUE(parsed.wellFormed) << parsed.formatReason;
    EXPECT_FALSE(parsed.emptyThink);
}

TEST(CompletionParser, AllowsWhiteSpaceAroundTheBlocksOnly)
{
    EXPECT_TRUE(parseCompletion("\n\t<think>a</think>\n\n<answer>b</answer>\n").wellFormed);
    EXPECT_TRUE(parseCompletion("<think>a</think><answer>b</answer>").wellFormed);
    EXPECT_TRUE(parseCompletion("<think>a</think>\xE3\x80\x80<answer>b</answer>\xC2\xA0").wellFormed);
    EXPECT_EQ(parseCompletion("Sure. <think>a</think> <answer>b</answer>").formatReason, "text before <think>");
    EXPECT_EQ(
        parseCompletion("<think>a</think> so <answer>b</answer>").formatReason, "text between </think> and <answer>");
    EXPECT_EQ(parseCompletion("<think>a</think> <answer>b</answer>.").formatReason, "text after </answer>");
}

TEST(CompletionParser, WantsEachTagExactlyOnceAndInOrder)
{
    EXPECT_EQ(parseCompletion("").formatReason, "no <think>");
    EXPECT_EQ(parseCompletion("<think>a</think> b").formatReason, "no <answer>");
    EXPECT_EQ(parseCompletion("<think>a <answer>b</answer>").formatReason, "no </think>");
    EXPECT_EQ(
        parseCompletion("<think>a</think><think>a</think><answer>b</answer>").formatReason, "<think> stands 2 times");
    EXPECT_EQ(parseCompletion("<think>a</think><answer>b</answer><answer>c</answer>").formatReason,
        "<answer> stands 2 times");
    EXPECT_EQ(parseCompletion("<think>a <answer>0</answer></think><answer>b</answer>").formatReason,
        "<answer> stands 2 times");
    EXPECT_EQ(parseCompletion("<answer>b</answer><think>a</think>").formatReason, "the tags are out of order");
    EXPECT_EQ(parseCompletion("<think>a<answer>b</think></answer>").formatReason, "the tags are out of order");
}

TEST(CompletionParser, CountsACutOffCompletionAsMalformed)
{
    const auto parsed = parseCompletion("<think>a</think><answer>b</answer>", {}, false);
    EXPECT_FALSE(parsed.wellFormed);
    EXPECT_EQ(parsed.formatReason, "cut off before it ended");
    EXPECT_EQ(answerOf(parsed), "b");
}

TEST(CompletionParser, PutsThePrefillBefore)
{
    const CompletionFormat format{.tags = {}, .prefill = "<think>"};
    const auto parsed = parseCompletion(" a</think><answer>b</answer>", format);
    EXPECT_TRUE(parsed.wellFormed);
    EXPECT_EQ(parsed.prefillBytes, 7u);
    EXPECT_EQ(thinkOf(parsed), " a");
    EXPECT_FALSE(parseCompletion(" a</think><answer>b</answer>").wellFormed);
}

TEST(CompletionParser, AllowsAnEmptyThinkBlockAndSaysSo)
{
    const auto parsed = parseCompletion("<think> \n </think><answer>b</answer>");
    EXPECT_TRUE(parsed.wellFormed);
    EXPECT_TRUE(parsed.emptyThink);
    EXPECT_FALSE(parseCompletion("<think>").emptyThink) << "never closed";
}

TEST(CompletionParser, KnowsOtherTags)
{
    const CompletionFormat format{.tags = {"[R]", "[/R]", "[A]", "[/A]"}, .prefill = ""};
    const auto parsed = parseCompletion("[R]a <think> b[/R] [A]c[/A]", format);
    EXPECT_TRUE(parsed.wellFormed);
    EXPECT_EQ(thinkOf(parsed), "a <think> b");
    EXPECT_EQ(answerOf(parsed), "c");
}

TEST(CompletionParser, TakesTheLastClosedAnswer)
{
    EXPECT_EQ(answerOf(parseCompletion("<answer>1</answer><answer>2</answer><answer>3")), "2");
    EXPECT_EQ(answerOf(parseCompletion("<answer>1 <answer>2</answer>")), "2");
    EXPECT_EQ(answerOf(parseCompletion("<answer>1")), "(none)");
    EXPECT_EQ(answerOf(parseCompletion("1</answer>")), "(none)");
}

TEST(CompletionParser, TakesNoAnswerOutOfAClosedThinkBlock)
{
    EXPECT_EQ(answerOf(parseCompletion("<think> <answer>1</answer> </think> 2")), "(none)");
    EXPECT_EQ(answerOf(parseCompletion("<think> <answer>1</answer> </think> <answer>2</answer>")), "2");
    EXPECT_EQ(answerOf(parseCompletion("<think> a <answer>1</answer>")), "1") << "think is never closed";
}

TEST(CompletionParser, FindsTheChainWhateverTagsAreMissing)
{
    EXPECT_EQ(chainOf(parseCompletion("<think> a, b")), " a, b");
    EXPECT_EQ(chainOf(parseCompletion("<think> a <answer>1</answer>")), " a ");
    EXPECT_EQ(chainOf(parseCompletion("a </think> <answer>1</answer>")), "a ");
    EXPECT_EQ(chainOf(parseCompletion("a <answer>1</answer> b")), "a ");
    EXPECT_EQ(chainOf(parseCompletion("a b")), "a b");
    EXPECT_EQ(chainOf(parseCompletion("<answer>1</answer>")), "");
}

TEST(CompletionParser, StaysLinearOnMillionsOfTags)
{
    std::string hostile;
    for (int i = 0; i < 200'000; ++i) {
        hostile += i % 2 == 0 ? "<think>" : "<answer>";
    }
    const auto parsed = parseCompletion(hostile + "</answer></think>");
    EXPECT_EQ(parsed.formatReason, "<think> stands 100000 times");
    EXPECT_EQ(parsed.chain.begin, 7u);
}

TEST(CompletionParser, TakesAnyBytes)
{
    const std::string bytes("\xFF<think>\0\xC3</think>\x80<answer>\xE4</answer>", 38);
    const auto parsed = parseCompletion(bytes);
    EXPECT_FALSE(parsed.wellFormed);
    EXPECT_EQ(thinkOf(parsed), std::string("\0\xC3", 2));
    EXPECT_EQ(answerOf(parsed), "\xE4");
}

} // namespace
} // namespace ahascope::text
