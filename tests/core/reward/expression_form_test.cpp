#include "core/reward/expression_form.h"

#include <gtest/gtest.h>

#include "core/reward/verify_countdown.h"

namespace ahascope::reward {
namespace {

std::string canonical(std::string_view text)
{
    const auto parsed = parseStatement(tokenizeExpression(text));
    const Expression& expression = std::get<Statement>(parsed).sides.front();
    std::vector<Form> operands;
    for (const Operand& operand : expression.operands) {
        operands.push_back(numberForm(operand.value));
    }
    return toString(formOf(expression, operands));
}

TEST(ExpressionForm, DoesNotDependOnOrderAndGrouping)
{
    EXPECT_EQ(canonical("8 - 3 + 11"), "11+8-3");
    EXPECT_EQ(canonical("11 + (8 - 3)"), "11+8-3");
    EXPECT_EQ(canonical("8 - (3 - 11)"), "11+8-3");
    EXPECT_EQ(canonical("-(3 - 8) + 11"), "11+8-3");
    EXPECT_EQ(canonical("2 * (3 * 4) / 5"), "2*3*4/5");
    EXPECT_EQ(canonical("2 / (5 / (4 * 3))"), "2*3*4/5");
    EXPECT_EQ(canonical("\\frac{2}{5} \\cdot 3 * 4"), "2*3*4/5");
}

TEST(ExpressionForm, PutsTheSignsOfFactorsTogether)
{
    EXPECT_EQ(canonical("-5 * 2"), "-2*5");
    EXPECT_EQ(canonical("5 * -2"), "-2*5");
    EXPECT_EQ(canonical("-(5 * 2)"), "-2*5");
    EXPECT_EQ(canonical("-5 * -2"), "2*5");
    EXPECT_EQ(canonical("3 - (-(5 * 2))"), "(2*5)+3");
    EXPECT_EQ(canonical("-(-(5 * 2)) * 3"), "2*3*5");
}

TEST(ExpressionForm, KeepsWhatIsDifferentApart)
{
    EXPECT_EQ(canonical("(8 - 3) * 11"), "(8-3)*11");
    EXPECT_EQ(canonical("8 - 3 * 11"), "8-(11*3)");
    EXPECT_EQ(canonical("1 / (2 + 3)"), "1/(2+3)");
    EXPECT_EQ(canonical("5"), "5");
    EXPECT_EQ(canonical("-5"), "-5");
    EXPECT_EQ(canonical("(8 - 3) - (11 - 3)"), "3+8-11-3") << "nothing is cancelled";
}

TEST(ExpressionForm, LetsEqualCountdownAnswersVoteTogether)
{
    const CountdownProblem tiny{{3, 8, 11}, 16, NumberUse::ExactlyOnce};
    EXPECT_EQ(countdownVote(tiny, "8 - 3 = 5 , 5 + 11 = 16"), "11+8-3");
    EXPECT_EQ(countdownVote(tiny, "11 - 3 = 8 , 8 + 8 = 16"), "11+8-3");
    EXPECT_EQ(countdownVote(tiny, "3 - 8 = -5 , 11 - -5 = 16"), "11+8-3");
    EXPECT_EQ(countdownVote(tiny, "3 * 8 = 24 , 24 - 11 = 13"), "(3*8)-11") << "wrong answers vote, too";
    EXPECT_EQ(countdownVote(tiny, "8 + 8"), "8+8") << "the numbers are not used rightly: the text itself";
    EXPECT_EQ(countdownVote(tiny, " no  idea"), "noidea");
}

TEST(ExpressionForm, LeavesAGivenNumberItsSign)
{
    const CountdownProblem negative{{-1, 2, 3}, 6, NumberUse::ExactlyOnce};
    const std::string vote = countdownVote(negative, "-1 * -(2 * 3)");
    EXPECT_EQ(vote, "-(-1)*2*3");
    EXPECT_EQ(verifyCountdown(negative, vote).equal, true);
    EXPECT_EQ(countdownVote(negative, vote), vote);
}

TEST(ExpressionForm, StaysSmallForLongExpressions)
{
    std::string longest = "1";
    for (int i = 0; i < 500; ++i) {
        longest += i % 2 == 0 ? "+1" : "*1";
    }
    EXPECT_LT(canonical(longest).size(), 4000u);
}

} // namespace
} // namespace ahascope::reward
