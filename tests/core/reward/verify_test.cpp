#include "core/reward/verify.h"

#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

TEST(Verify, ReadsTheNumbersOfCountdownFromColumns)
{
    const Reference reference
        = readReference(AnswerKind::Countdown, "ignored", {{"numbers", "[79, 17, 60]"}, {"target", "36"}});
    EXPECT_EQ(reference.unreadable, "");
    EXPECT_EQ(verifyPrediction(reference, "79-60+17").equal, true);
    EXPECT_EQ(readReference(AnswerKind::Countdown, "36", {{"numbers", "79 17 60"}}).countdown.target, 36);
}

TEST(Verify, CannotGradeWithoutAReadableReference)
{
    EXPECT_EQ(verifyAnswer(readReference(AnswerKind::Countdown, "36", {}), "36"),
        (Verification{std::nullopt, "", "the row has no column \"numbers\""}));
    EXPECT_EQ(verifyLeniently(readReference(AnswerKind::Countdown, "36", {{"numbers", "[1, \"a\"]"}}), "36").reason,
        "the column \"numbers\" is not a list of whole numbers");
    EXPECT_EQ(
        readReference(AnswerKind::Countdown, "x", {{"numbers", "[1]"}}).unreadable, "the target is not a whole number");
    EXPECT_EQ(verifyPrediction(readReference(AnswerKind::Integer, "x", {}), "5").equal, std::nullopt);
    EXPECT_EQ(verifyPrediction(readReference(AnswerKind::Exact, " ", {}), "5").equal, std::nullopt);
}

TEST(Verify, TakesTheAnswerBlockOfAWholeCompletion)
{
    const Reference reference = readReference(AnswerKind::Integer, "18", {});
    EXPECT_EQ(verifyPrediction(reference, "<think> 20? </think> <answer> 18 </answer> or 20").equal, true);
    EXPECT_EQ(verifyPrediction(reference, "<think> 18 </think> <answer> ? </answer> 18").equal, false);
}

TEST(Verify, TakesABareAnswerOrTheEndOfAText)
{
    const Reference reference = readReference(AnswerKind::Integer, "18", {});
    EXPECT_EQ(verifyPrediction(reference, "only $18.00!"), (Verification{true, "18", "the answer is 18"}));
    EXPECT_EQ(
        verifyPrediction(reference, "After 3 days she has 18."), (Verification{true, "18", "the last number is 18"}));
    EXPECT_EQ(verifyPrediction(reference, "no idea").reason, "the answer states no number");
    EXPECT_EQ(verifyPrediction(readReference(AnswerKind::Exact, "b", {}), "a b").equal, false);
}

TEST(Verify, KnowsItsKindsByName)
{
    for (const std::string& name : answerKindNames()) {
        EXPECT_TRUE(answerKind(name)) << name;
    }
    EXPECT_EQ(answerKind("math"), std::nullopt);
}

} // namespace
} // namespace ahascope::reward
