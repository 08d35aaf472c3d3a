#include "core/analysis/reflections.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> markers(std::string_view text)
{
    std::vector<std::string> found;
    for (const Reflection& reflection : findReflections(text)) {
        found.emplace_back(reflection.marker);
    }
    return found;
}

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> found;
    for (const Reflection& reflection : findReflections(text)) {
        found.emplace_back(reflection.at.of(text));
    }
    return found;
}

TEST(Reflections, FindsTheTenWordsOfThePaper)
{
    EXPECT_THAT(markers("wait mistake however but retry error verify wrong evaluate check"),
        ElementsAre("wait", "mistake", "however", "but", "retry", "error", "verify", "wrong", "evaluate", "check"));
}

TEST(Reflections, FindsTheirInflections)
{
    EXPECT_THAT(markers("Waits, mistakes; retrying! errors verified wrongly Re-evaluated double-checking reevaluate"),
        ElementsAre("wait", "mistake", "retry", "error", "verify", "wrong", "evaluate", "check", "evaluate"));
}

TEST(Reflections, SaysWhereAndOfWhichKind)
{
    const auto found = findReflections("Hmm, WAIT. But verify the error.");
    EXPECT_THAT(found,
        ElementsAre(Reflection{{5, 9}, "wait", ReflectionKind::Reconsider},
            Reflection{{11, 14}, "but", ReflectionKind::Contrast},
            Reflection{{15, 21}, "verify", ReflectionKind::Verification},
            Reflection{{26, 31}, "error", ReflectionKind::Error}));
    EXPECT_EQ(toString(ReflectionKind::Reconsider), "reconsider");
    EXPECT_EQ(toString(ReflectionKind::Contrast), "contrast");
    EXPECT_EQ(toString(ReflectionKind::Error), "error");
    EXPECT_EQ(toString(ReflectionKind::Verification), "verification");
}

TEST(Reflections, WantsWholeWords)
{
    EXPECT_THAT(markers("button await waiter butter checkers terror awaits wrongdoing"), IsEmpty());
    EXPECT_THAT(markers("check_value check2 \\check{x} ch\xC3\xA9"
                        "check"),
        IsEmpty());
    EXPECT_THAT(
        markers("(wait) **Wait** wait... \"check\" don't wait"), ElementsAre("wait", "wait", "wait", "check", "wait"));
}

TEST(Reflections, DoesNotCountNoAndTry)
{
    EXPECT_THAT(markers("8 - 3 = 5 , 5 + 11 = 16 no try 8 + 3 no wait yes"), ElementsAre("wait"));
}

TEST(Reflections, FindsChineseOnes)
{
    EXPECT_THAT(words("等等，这不对。我算错了，但是可以重新检查一下，再试一次。"),
        ElementsAre("等等", "不对", "错了", "但是", "重新检查", "再试"));
    EXPECT_THAT(words("错误 验证 检查 然而 重试 稍等"), ElementsAre("错误", "验证", "检查", "然而", "重试", "稍等"));
    EXPECT_THAT(words("我check一下，wait"), ElementsAre("check", "wait"));
}

TEST(Reflections, KnowsChineseWordsThatOnlyLookLikeReflections)
{
    EXPECT_THAT(words("苹果、香蕉等等。不错，没错。交错排列，错位。不但如此，不对称。只不过"), IsEmpty());
}

TEST(Reflections, TakesAnyBytes)
{
    EXPECT_THAT(words("\xFFwait\xE7\xAD wait\x80"), ElementsAre("wait", "wait"));
    EXPECT_THAT(markers(std::string(1'000'000, 'w')), IsEmpty());
}

} // namespace
} // namespace ahascope::analysis
