#include "core/analysis/language_mixing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> languages(std::string_view text, std::string_view target = "en")
{
    std::vector<std::string> found;
    for (const LanguageSpan& span : languagesOf(text, target).spans) {
        found.push_back(span.language + ":" + std::string(span.at.of(text)));
    }
    return found;
}

TEST(LanguageMixing, SeparatesScripts)
{
    EXPECT_THAT(languages("First, 我们检查 the sum, 然后 go on"),
        ElementsAre("en:First", "zh:我们检查", "en:the sum", "zh:然后", "en:go on"));
    EXPECT_THAT(languages("да или нет, 한국어, ひらがなと漢字, ไทย, مرحبا"),
        ElementsAre("ru:да или нет", "ko:한국어", "ja:ひらがなと漢字", "th:ไทย", "ar:مرحبا"));
}

TEST(LanguageMixing, CountsWordsNotCharacters)
{
    const auto use = languagesOf("我们需要检查这个答案");
    EXPECT_EQ(use.main, "zh");
    EXPECT_GE(use.words, 4u);
    EXPECT_LE(use.words, 6u); // we / need / check / this / answer, as ICU's dictionary cuts them
}

TEST(LanguageMixing, MeasuresTheShareOfASecondLanguage)
{
    const auto use = languagesOf("no wait 8 + 3 = 11 try 不对 no no no 等等 no");
    EXPECT_EQ(use.words, 9u);
    EXPECT_EQ(use.otherWords, 2u);
    EXPECT_DOUBLE_EQ(use.mixing, 2.0 / 9);
    EXPECT_TRUE(use.mixed);
    EXPECT_DOUBLE_EQ(use.targetRatio, 7.0 / 9);
    EXPECT_DOUBLE_EQ(languagesOf("no wait 8 + 3 = 11 try 不对 no no no 等等 no", "zh").targetRatio, 2.0 / 9);
}

TEST(LanguageMixing, NeedsTwoWordsAndTwoPercent)
{
    EXPECT_FALSE(languagesOf("no wait 不对 no").mixed) << "one word is a slip";
    std::string text;
    for (int i = 0; i < 99; ++i) {
        text += "no ";
    }
    EXPECT_FALSE(languagesOf(text + "不对 等等").mixed) << "2 of 101";
    EXPECT_TRUE(languagesOf(text + "不对 等等 不对").mixed) << "3 of 102";
}

TEST(LanguageMixing, TakesNumeralsFormulasCodeAndSymbolsForNoWords)
{
    EXPECT_EQ(languagesOf("12 + 3.5 = x, \\(\\alpha\\) $abc$ `let a = b` sin(x) + 5 km, ABC, π, x1, a_b").words, 0u);
    EXPECT_EQ(languagesOf("一千二百 三").words, 0u);
    EXPECT_EQ(languagesOf("").targetRatio, 1.0);
    EXPECT_THAT(languages("三角形ABC中，sin x 为 0"), ElementsAre("zh:三角形ABC中，sin x 为"));
}

TEST(LanguageMixing, AsksCld2ForLongLatinStretchesOnly)
{
    const std::string german = "Janets Enten legen jeden Tag sechzehn Eier. Sie isst drei davon jeden Morgen zum "
                               "Frühstück und backt mit vier jeden Tag Muffins für ihre Freunde. Den Rest verkauft sie "
                               "auf dem Markt in der Stadt. ";
    const std::string english
        = "The ducks of Janet lay sixteen eggs every day. She eats three of them each morning for "
          "breakfast and bakes muffins for her friends with four of them. ";
    EXPECT_EQ(languagesOf(german).main, "de");
    EXPECT_EQ(languagesOf(english).main, "en");
    EXPECT_TRUE(languagesOf(english + german).mixed);
    EXPECT_THAT(languages("guten Tag"), ElementsAre("en:guten Tag")) << "too short to tell";
    EXPECT_THAT(languages("guten Tag", "de"), ElementsAre("de:guten Tag"));
}

TEST(LanguageMixing, DoesNotGuessFromFewWordsRepeated)
{
    std::string trace;
    for (int i = 0; i < 200; ++i) {
        trace += i % 3 == 0 ? "no wait 3 + 8 = 11 , " : "no try 8 - 3 = 5 , ";
    }
    const auto use = languagesOf(trace + "yes");
    EXPECT_EQ(use.spans.size(), 1u);
    EXPECT_EQ(use.mixing, 0.0);
}

TEST(LanguageMixing, TakesAnyBytes)
{
    EXPECT_EQ(languagesOf("\xFF\xFE good \xE4\xB8 day").words, 2u);
    std::string han;
    for (int i = 0; i < 100'000; ++i) {
        han += "错";
    }
    EXPECT_EQ(languagesOf(han).main, "zh");
}

} // namespace
} // namespace ahascope::analysis
