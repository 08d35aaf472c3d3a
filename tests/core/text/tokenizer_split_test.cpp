#include "core/text/tokenizer_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"

namespace ahascope::text {
namespace {

using testing::ElementsAre;

const std::string Qwen2
    = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const std::string Llama3
    = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const std::string DeepSeek3
    = R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

const std::string Tekken
    = R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::vector<std::string> split(const std::vector<SplitStep>& steps, const std::string& text)
{
    SplitText result;
    splitText(steps, text, true, result);
    std::vector<std::string> words;
    for (const TextSpan& word : result.words)
        words.push_back(result.text.substr(word.begin, word.end - word.begin));
    return words;
}

std::vector<std::string> split(const std::string& expression, const std::string& text)
{
    return split(std::vector{SplitStep::regex(expression, "test")}, text);
}

// All expected pieces: Split(Regex(..), "isolated") of Hugging Face tokenizers 0.23.
TEST(TokenizerSplit, CutsLikeGpt2)
{
    const std::vector steps{SplitStep::gpt2()};
    EXPECT_THAT(
        split(steps, "Hello world, it's 2024!"), ElementsAre("Hello", " world", ",", " it", "'s", " 2024", "!"));
    EXPECT_THAT(split(steps, "a  b   c "), ElementsAre("a", " ", " b", "  ", " c", " "));
    EXPECT_THAT(split(steps, "x\n\n y\t"), ElementsAre("x", "\n\n", " y", "\t"));
    EXPECT_THAT(split(steps, "I'M we'll"), ElementsAre("I", "'", "M", " we", "'ll"));
    EXPECT_THAT(split(steps, "  "), ElementsAre("  "));
    EXPECT_THAT(split(steps, "\u3000\u3000x"), ElementsAre("\u3000", "\u3000", "x"));
    EXPECT_THAT(split(steps, ""), ElementsAre());
}

TEST(TokenizerSplit, CutsLikeQwen2)
{
    EXPECT_THAT(
        split(Qwen2, "It'S 2024!\n\n  x"), ElementsAre("It", "'S", " ", "2", "0", "2", "4", "!\n\n", " ", " x"));
    EXPECT_THAT(split(Qwen2, "(foo)\tbar"), ElementsAre("(foo", ")", "\tbar"));
    EXPECT_THAT(split(Qwen2, "a \r\n \n  b"), ElementsAre("a", " \r\n \n", " ", " b"));
    EXPECT_THAT(split(Qwen2, "x'\u017fy"), ElementsAre("x", "'\u017f", "y"));
    EXPECT_THAT(split(Qwen2, "你好 世界。"), ElementsAre("你好", " 世界", "。"));
    EXPECT_THAT(split(Qwen2, "e\u0301t"), ElementsAre("e", "\u0301t"));
}

TEST(TokenizerSplit, KeepsUpToThreeDigitsTogetherLikeLlama3)
{
    EXPECT_THAT(split(Llama3, "1234567 89"), ElementsAre("123", "456", "7", " ", "89"));
}

TEST(TokenizerSplit, CutsLikeDeepSeek3)
{
    EXPECT_THAT(split(DeepSeek3, "foo.bar(1, x)"), ElementsAre("foo", ".bar", "(", "1", ",", " x", ")"));
    EXPECT_THAT(
        split(DeepSeek3, "12 ab e\u0301 \x01\x02z"), ElementsAre("12", " ab", " e\u0301", " ", "\x01", "\x02z"));
    EXPECT_THAT(split(DeepSeek3, "a -- \n b"), ElementsAre("a", " --", " \n", " b"));
}

TEST(TokenizerSplit, CutsLikeTekken)
{
    EXPECT_THAT(split(Tekken, "camelCase HTTPServer"), ElementsAre("camel", "Case", " HTTPServer"));
    EXPECT_THAT(split(Tekken, "ABC 12"), ElementsAre("ABC", " ", "1", "2"));
    EXPECT_THAT(split(Tekken, "A\u02b0B"), ElementsAre("A\u02b0", "B"));
    EXPECT_THAT(split(Tekken, "\u0301AB"), ElementsAre("\u0301", "AB"));
    EXPECT_THAT(split(Tekken, "a//\n/x 中文b"), ElementsAre("a", "//\n/", "x", " 中文b"));
    EXPECT_THAT(split(Tekken, "a \r\n  b"), ElementsAre("a", " \r\n", " ", " b"));
}

TEST(TokenizerSplit, TreatsMatchesAsTheBehaviourSays)
{
    using enum SplitBehavior;
    const auto cut = [](SplitBehavior behavior, bool invert) {
        return split({SplitStep::plain("-", {behavior, invert})}, "-a--b-");
    };
    EXPECT_THAT(cut(Isolated, false), ElementsAre("-", "a", "-", "-", "b", "-"));
    EXPECT_THAT(cut(Removed, false), ElementsAre("a", "b"));
    EXPECT_THAT(cut(MergedWithPrevious, false), ElementsAre("-", "a-", "-", "b-"));
    EXPECT_THAT(cut(MergedWithNext, false), ElementsAre("-a", "-", "-b", "-"));
    EXPECT_THAT(cut(Contiguous, false), ElementsAre("-", "a", "--", "b", "-"));
    EXPECT_THAT(cut(Removed, true), ElementsAre("-", "-", "-", "-"));
    EXPECT_THAT(cut(MergedWithPrevious, true), ElementsAre("-a", "-", "-b", "-"));
    EXPECT_THAT(
        split({SplitStep::regex("[0-9]+", "test", {MergedWithNext, false})}, "a12b3"), ElementsAre("a", "12b", "3"));
    EXPECT_THAT(split({SplitStep::plain("--")}, "a---b"), ElementsAre("a", "--", "-b"));
}

TEST(TokenizerSplit, CutsBeforeMarks)
{
    EXPECT_THAT(split({SplitStep::beforeMark("▁", false)}, "▁▁a▁b▁▁c▁"), ElementsAre("▁▁a", "▁b", "▁▁c", "▁"));
    EXPECT_THAT(split({SplitStep::beforeMark("▁", true)}, "▁▁a▁b▁"), ElementsAre("▁", "▁a", "▁b", "▁"));
    EXPECT_THAT(split({SplitStep::metaspace({.mark = "▁"})}, "a b"), ElementsAre("▁a▁b"));
}

TEST(TokenizerSplit, KnowsSmallClassPatterns)
{
    EXPECT_THAT(split("\\p{N}{1,3}", "ab1234cd"), ElementsAre("ab", "123", "4", "cd"));
    EXPECT_THAT(split("[\r\n]", "a\n\nb"), ElementsAre("a", "\n", "\n", "b"));
    EXPECT_THAT(split("\\s?[A-Za-zµ]+", "1 ab  cµ"), ElementsAre("1", " ab", " ", " cµ"));
    EXPECT_THAT(split("[一-龥]+", "ab中文c"), ElementsAre("ab", "中文", "c"));
    EXPECT_THAT(split("\\s?\\p{L}+", "\tab12 c"), ElementsAre("\tab", "12", " c"));
    EXPECT_THAT(split("[^a]", "aab"), ElementsAre("aa", "b"));
}

// In Oniguruma `$` also matches before each line feed.
TEST(TokenizerSplit, FindsSpaceAtTheEndOfLines)
{
    EXPECT_THAT(split("\\s+$", "a  \n b  "), ElementsAre("a", "  ", "\n b", "  "));
    EXPECT_THAT(split("\\s+$", "a\n\nb"), ElementsAre("a", "\n", "\nb"));
}

TEST(TokenizerSplit, SeparatesDigits)
{
    EXPECT_THAT(split({SplitStep::digits(true)}, "ab12½c"), ElementsAre("ab", "1", "2", "½", "c"));
    EXPECT_THAT(split({SplitStep::digits(false)}, "ab12½c"), ElementsAre("ab", "12½", "c"));
}

TEST(TokenizerSplit, PutsASpaceBeforeEveryPiece)
{
    EXPECT_THAT(split({SplitStep::digits(false), SplitStep::prefixSpace()}, "a 12"), ElementsAre(" a ", " 12"));
    EXPECT_THAT(split({SplitStep::prefixSpace(), SplitStep::gpt2()}, "a b"), ElementsAre(" a", " b"));
    EXPECT_THAT(split({SplitStep::prefixSpace()}, ""), ElementsAre());
}

TEST(TokenizerSplit, RefusesAnUnknownExpressionByName)
{
    for (const char* expression : {"foo|bar", "[a&&b]", "[[a]]", "\\w+", "[z-a]", "[]", "", "\\p{Han}+", "[a-\\d]",
             "a+", "(?:a)+", "[a]{0,3}", "[a]+$", "\\p{L", "[\\", "[a", "[\\é]", "\\s?"}) {
        try {
            SplitStep::regex(expression, "tokenizer.json: pre_tokenizer: pattern");
            ADD_FAILURE() << expression << " was accepted";
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("'" + std::string(expression) + "' is not one of the known"));
        }
    }
}

TEST(TokenizerSplit, TakesLinearTimeOnLongRuns)
{
    for (const char* unit : {"a", " ", "\n", "!", "1", "\u0301", "中", "'", " a", "\n ", "A", "\u0301A", "aA"}) {
        std::string text;
        while (text.size() < 1'000'000)
            text += unit;
        for (const std::string& expression : {Qwen2, Llama3, DeepSeek3, Tekken}) {
            std::size_t bytes = 0;
            for (const std::string& word : split(expression, text))
                bytes += word.size();
            EXPECT_EQ(bytes, text.size());
        }
    }
}

} // namespace
} // namespace ahascope::text
