#include "core/reward/verify_countdown.h"

#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

const CountdownProblem problem{{79, 17, 60}, 36, NumberUse::ExactlyOnce};
const CountdownProblem tiny{{3, 8, 11}, 16, NumberUse::ExactlyOnce};

std::string reasonFor(const CountdownProblem& asked, std::string_view answer)
{
    const Verification found = verifyCountdown(asked, answer);
    return (found.equal == true ? "right: " : "wrong: ") + found.reason;
}

TEST(VerifyCountdown, AcceptsAnExpressionThatMakesTheTarget)
{
    EXPECT_EQ(
        verifyCountdown(problem, " (79 - 60) + 17\n"), (Verification{true, "(79 - 60) + 17", "the answer makes 36"}));
    EXPECT_EQ(reasonFor(problem, "(79+(17-60))"), "right: the answer makes 36");
    EXPECT_EQ(reasonFor({{6}, 6}, "6"), "right: the answer makes 6");
}

TEST(VerifyCountdown, AcceptsTheResultBesideTheExpression)
{
    EXPECT_EQ(reasonFor(problem, "(79 - 60) + 17 = 36"), "right: the answer makes 36");
    EXPECT_EQ(reasonFor(problem, "36 = (79 - 60) + 17"), "right: the answer makes 36");
    EXPECT_EQ(reasonFor(problem, "(79 - 60) + 17 = 19 + 17 = 36"), "right: the answer makes 36");
    EXPECT_EQ(reasonFor(problem, "(79 - 60) + 17 = 37"),
        "wrong: the answer has an equation that does not hold: 36 is not 37");
}

TEST(VerifyCountdown, AcceptsMarksAroundTheExpression)
{
    EXPECT_EQ(reasonFor(problem, "**(79 \xE2\x88\x92 60) + 17**"), "right: the answer makes 36");
    EXPECT_EQ(reasonFor(problem, "\\[ \\boxed{(79 - 60) + 17} \\]"), "right: the answer makes 36");
    EXPECT_EQ(reasonFor(problem, "`(79 - 60) + 17`."), "right: the answer makes 36");
}

TEST(VerifyCountdown, AcceptsAChainOfSteps)
{
    EXPECT_EQ(reasonFor(tiny, "8 - 3 = 5 , 5 + 11 = 16"), "right: the answer makes 16");
    EXPECT_EQ(reasonFor(tiny, "8 - 3 = 5\n5 + 11 = 16"), "right: the answer makes 16");
    EXPECT_EQ(reasonFor(tiny, "8 - 3 = 5 , 5 + 11 = 16 , 16"), "right: the answer makes 16") << "said once more";
    EXPECT_EQ(
        reasonFor({{2, 3, 4, 5}, 27}, "2 * 3 = 6, 4 * 5 = 20, 6 + 20 = 26, 26"), "wrong: the answer makes 26, not 27");
    EXPECT_EQ(reasonFor({{2, 3, 4, 5}, 26}, "2 * 3 = 6, 4 * 5 = 20, 6 + 20 = 26"), "right: the answer makes 26");
}

TEST(VerifyCountdown, TakesANegativeResultIntoALaterStep)
{
    EXPECT_EQ(reasonFor({{3, 8, 20}, 15}, "3 - 8 = -5 , -5 + 20 = 15"), "right: the answer makes 15");
    EXPECT_EQ(reasonFor({{5, 20}, 15}, "-5 + 20"), "right: the answer makes 15");
}

TEST(VerifyCountdown, ChecksEveryStep)
{
    EXPECT_EQ(
        reasonFor(tiny, "8 - 3 = 6 , 6 + 11 = 17"), "wrong: the answer has an equation that does not hold: 5 is not 6");
    EXPECT_EQ(reasonFor(tiny, "8 - 3 = 5 , 11 + 8 = 19"), "wrong: the answer uses 8 more often than it is given");
    EXPECT_EQ(reasonFor(tiny, "8 - 3 = 5 , 6 + 10 = 16"), "wrong: the answer uses 6, which is not given");
    EXPECT_EQ(reasonFor({{3, 8, 16}, 16}, "8 - 3 = 5 , 16"), "wrong: the answer does not use the result 5");
}

TEST(VerifyCountdown, WantsEachNumberExactlyOnce)
{
    EXPECT_EQ(reasonFor(problem, "79 - 60"), "wrong: the answer does not use 17");
    EXPECT_EQ(reasonFor(problem, "79 - 60 + 17 + 60 - 60"), "wrong: the answer uses 60 more often than it is given");
    EXPECT_EQ(reasonFor(problem, "36"), "wrong: the answer uses 36, which is not given");
    EXPECT_EQ(reasonFor({{4, 4}, 8}, "4 + 4"), "right: the answer makes 8");
    EXPECT_EQ(reasonFor({{4, 4}, 4}, "4"), "wrong: the answer does not use 4");
    EXPECT_EQ(reasonFor(problem, "79 + 60 - 17"), "wrong: the answer makes 122, not 36");
}

TEST(VerifyCountdown, CanAllowNumbersToBeLeftOut)
{
    const CountdownProblem loose{{79, 17, 60}, 19, NumberUse::AtMostOnce};
    EXPECT_EQ(reasonFor(loose, "79 - 60"), "right: the answer makes 19");
    EXPECT_EQ(reasonFor(loose, "79 - 60 + 17 - 17"), "wrong: the answer uses 17 more often than it is given");
}

TEST(VerifyCountdown, BlamesThePredictionForWhatItCannotRead)
{
    EXPECT_EQ(reasonFor(problem, "The equation is 79 - 60 + 17"),
        "wrong: the answer is not a plain expression of + - * / and ( )");
    EXPECT_EQ(reasonFor(problem, ""), "wrong: the answer is empty");
    EXPECT_EQ(reasonFor(problem, "79 / (60 - 60)"), "wrong: the answer divides by zero");
    EXPECT_EQ(verifyCountdown(problem, std::string(1'000'000, '1')).extracted.size(), 4096u);
}

TEST(VerifyCountdown, FindsTheLastExpressionOfAText)
{
    const auto found = verifyCountdownLeniently(problem,
        "Try **(79 \xE2\x88\x92 17) + 60 = 122** -> no.\nTry 79 - 60 + 17 = 36, yes! So it is possible (36 in total).");
    EXPECT_EQ(found, (Verification{true, "79 - 60 + 17 = 36", "the last expression makes 36"}));
}

TEST(VerifyCountdown, TakesAsManyLastStepsAsTheNumbersNeed)
{
    const auto found
        = verifyCountdownLeniently(tiny, "<think> 3 * 8 = 24 , 24 - 11 = 13 no wait 8 - 3 = 5 , 5 + 11 = 16 yes");
    EXPECT_EQ(found, (Verification{true, "8 - 3 = 5 , 5 + 11 = 16", "the last expression makes 16"}));
    const auto lines = verifyCountdownLeniently(tiny, "3 + 8 = 11\n11 + 11 = 22\n8 - 3 = 5\n5 + 11 = 16\n");
    EXPECT_EQ(lines.equal, true);
    EXPECT_EQ(lines.extracted, "8 - 3 = 5\n5 + 11 = 16");
}

TEST(VerifyCountdown, DoesNotSearchForAnyRightExpression)
{
    EXPECT_EQ(verifyCountdownLeniently(tiny, "8 - 3 + 11 = 16 or rather 3 + 8 + 11 = 22").equal, false);
    EXPECT_EQ(verifyCountdownLeniently(tiny, "no idea at all").reason, "there is no expression");
}

TEST(VerifyCountdown, LooksPastBulletsAndLooseParentheses)
{
    EXPECT_EQ(verifyCountdownLeniently(problem, "Thus:\n- 79 - 60 + 17 = 36\n").equal, true);
    EXPECT_EQ(verifyCountdownLeniently(problem, "(that is 79 - 60 + 17) and so on").equal, true);
}

TEST(VerifyCountdown, JudgesCandidatesByTheirLastEquation)
{
    EXPECT_EQ(countdownCandidate(tiny, "5 + 11 = 16"), true) << "the step that made 5 stands in an earlier try";
    EXPECT_EQ(countdownCandidate(tiny, "8 - 3 = 5 , 5 * 11 = 55"), false);
    EXPECT_EQ(countdownCandidate(tiny, "5 + 10 = 16"), false) << "does not hold";
    EXPECT_EQ(countdownCandidate(tiny, "8 * 11 = too big"), std::nullopt);
}

TEST(VerifyCountdown, StaysFastOnHostileText)
{
    std::string hostile;
    for (int i = 0; i < 400'000; ++i) {
        hostile += "(1+";
    }
    EXPECT_EQ(verifyCountdownLeniently(problem, hostile).equal, false);
    EXPECT_EQ(verifyCountdownLeniently(problem, std::string(1'000'000, '=')).equal, false);
    EXPECT_EQ(verifyCountdownLeniently(problem, std::string(1'000'000, ',')).equal, false);
}

TEST(VerifyCountdown, ReadsNumberLists)
{
    using List = std::vector<std::int64_t>;
    EXPECT_EQ(parseNumberList("[79, 17, 60]"), (List{79, 17, 60}));
    EXPECT_EQ(parseNumberList(" 3 8,11 "), (List{3, 8, 11}));
    EXPECT_EQ(parseNumberList("-5"), (List{-5}));
    EXPECT_EQ(parseNumberList(""), std::nullopt);
    EXPECT_EQ(parseNumberList("[1, x]"), std::nullopt);
    EXPECT_EQ(parseNumberList("1.5"), std::nullopt);
    EXPECT_EQ(parseNumberList("9999999999999"), std::nullopt);
    EXPECT_EQ(parseNumberList(std::string(200, '1') + " 2"), std::nullopt);
}

} // namespace
} // namespace ahascope::reward
