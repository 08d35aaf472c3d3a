#include "core/analysis/answer_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> stated(std::string_view chain)
{
    std::vector<std::string> values;
    for (const StatedNumber& number : statedNumbers(chain)) {
        values.push_back(number.value);
    }
    return values;
}

TEST(AnswerChanges, CutsAChainWhereItTurns)
{
    const std::string_view chain = "3 + 8 = 11 no wait 8 - 3 = 5 but it 不对 7";
    std::vector<std::string> parts;
    for (const text::Span& attempt : attemptsOf(chain)) {
        parts.emplace_back(attempt.of(chain));
    }
    EXPECT_THAT(parts, ElementsAre("3 + 8 = 11 ", " 8 - 3 = 5 ", " it ", " 7"));
}

TEST(AnswerChanges, ReadsWhatEachAttemptStates)
{
    EXPECT_THAT(stated("3 + 8 = 11 , 11 + 5 = 16 no try 8 - 3 = 5 , 5 * 4 = 20 wait"), ElementsAre("16", "20"));
    EXPECT_THAT(stated("So the answer is $1,080. Wait, it is -3.50, no: \\boxed{7}"), ElementsAre("1080", "-3.5"));
    EXPECT_THAT(stated("the total is \\boxed{7}"), ElementsAre("7"));
    EXPECT_THAT(stated("(79-60)+17 = 19 + 17 = 36"), ElementsAre("36"));
    EXPECT_THAT(stated("所以答案是18。等等，等于 20"), ElementsAre("18", "20"));
    EXPECT_THAT(stated("3 apples and 4 pears"), IsEmpty());
}

TEST(AnswerChanges, SaysWhereItReadThem)
{
    const std::string_view chain = "it is -5.";
    ASSERT_EQ(statedNumbers(chain).size(), 1u);
    EXPECT_EQ(statedNumbers(chain)[0].at.of(chain), "-5");
}

TEST(AnswerChanges, CountsChangesNotRepetitions)
{
    EXPECT_EQ(answerChanges("it is 5, wait, it is 5.0, no, it is 6, but it is 6"), 1u);
    EXPECT_EQ(answerChanges("= 1 no = 2 no = 1"), 2u);
    EXPECT_EQ(answerChanges(""), 0u);
}

TEST(AnswerChanges, CountsTransitionsAndRescues)
{
    EXPECT_EQ(transitionsOf({false, false, true, true, false, true}), (Transitions{2, 1, 1, 1, true}));
    EXPECT_EQ(transitionsOf({true, true}), (Transitions{0, 0, 1, 0, false}));
    EXPECT_FALSE(transitionsOf({true}).rescued);
    EXPECT_FALSE(transitionsOf({}).rescued);
}

TEST(AnswerChanges, StaysLinearOnHostileText)
{
    std::string hostile;
    for (int i = 0; i < 200'000; ++i) {
        hostile += "no = ";
    }
    EXPECT_EQ(answerChanges(hostile + std::string(200'000, '9')), 0u);
}

} // namespace
} // namespace ahascope::analysis
