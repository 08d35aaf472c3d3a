#include "core/analysis/repetition.h"

#include <string>

#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

TEST(Repetition, IsTheShareOfNGramsSaidBefore)
{
    EXPECT_EQ(repetition("a b c d e f", 3), 0.0);
    // abc bca cab abc bca cab abc: 7 three-grams, 3 of them different
    EXPECT_DOUBLE_EQ(repetition("a b c a b c a b c", 3), 1.0 - 3.0 / 7);
    EXPECT_DOUBLE_EQ(repetition("a a a a", 1), 0.75);
    EXPECT_EQ(repetition("a b", 3), 0.0);
    EXPECT_EQ(repetition(""), 0.0);
}

TEST(Repetition, LooksPastCaseAndWhiteSpace)
{
    EXPECT_DOUBLE_EQ(repetition("So it is\n\nSO  it IS", 3), repetition("so it is so it is", 3));
}

TEST(Repetition, CountsChineseCharactersAlone)
{
    EXPECT_DOUBLE_EQ(repetition("再试一再试一", 3), 1.0 - 3.0 / 4);
}

TEST(Repetition, TellsNumbersAndSignsApart)
{
    EXPECT_EQ(repetition("1+2=3 4+5=9 7+8=15", 3), 0.0);
    EXPECT_GT(repetition("1+2=3 1+2=3 1+2=3"), 0.4);
}

TEST(Repetition, NearsOneForALoop)
{
    std::string loop;
    for (int i = 0; i < 50'000; ++i) {
        loop += "that is too high, so try again. ";
    }
    EXPECT_GT(repetition(loop), 0.999);
    EXPECT_GT(repetition(std::string(1'000'000, '\xFF')), 0.999);
}

} // namespace
} // namespace ahascope::analysis
