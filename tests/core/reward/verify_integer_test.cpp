#include "core/reward/verify_integer.h"

#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

TEST(VerifyInteger, ReadsTheWaysPeopleWriteWholeNumbers)
{
    EXPECT_EQ(readInteger("42"), "42");
    EXPECT_EQ(readInteger(" -007 "), "-7");
    EXPECT_EQ(readInteger("-0"), "0");
    EXPECT_EQ(readInteger("1,234,567"), "1234567");
    EXPECT_EQ(readInteger("1{,}234"), "1234");
    EXPECT_EQ(readInteger("$18"), "18");
    EXPECT_EQ(readInteger("-$5"), "-5");
    EXPECT_EQ(readInteger("\xE2\x88\x92"
                          "5"),
        "-5");
    EXPECT_EQ(readInteger("18.00"), "18");
    EXPECT_EQ(readInteger("18 dollars."), "18");
    EXPECT_EQ(readInteger("18\xE7\xBE\x8E\xE5\x85\x83"), "18");
    EXPECT_EQ(readInteger("\xEF\xBC\x91\xEF\xBC\x98"), "18");
    EXPECT_EQ(readInteger("50%"), "50");
    EXPECT_EQ(readInteger("\\boxed{7}"), "7");
    EXPECT_EQ(readInteger("x = 5"), "5");
    EXPECT_EQ(readInteger("5, that is 5"), "5");
}

TEST(VerifyInteger, TakesWhatFollowsTheMarkOfGsm8k)
{
    EXPECT_EQ(readInteger("She makes 9 * 2 = $<<9*2=18>>18 every day.\n#### 18"), "18");
    EXPECT_EQ(readInteger("#### 1 #### 1,080"), "1080");
}

TEST(VerifyInteger, RefusesNumbersThatAreNotWhole)
{
    EXPECT_EQ(readInteger("3.5"), std::nullopt);
    EXPECT_EQ(readInteger("3/4"), std::nullopt);
    EXPECT_EQ(readInteger("2e5"), std::nullopt);
    EXPECT_EQ(readInteger("none"), std::nullopt);
    EXPECT_EQ(readInteger(std::string(2000, '7')), std::nullopt);
}

TEST(VerifyInteger, RefusesSeveralNumbersThatDiffer)
{
    EXPECT_EQ(readInteger("18 or 20"), std::nullopt);
    EXPECT_EQ(verifyInteger("18", "18 or 20").reason, "the answer states several numbers");
}

TEST(VerifyInteger, TellsAMinusSignFromASubtraction)
{
    EXPECT_EQ(verifyIntegerLeniently("3", "16-3").equal, true);
    EXPECT_EQ(verifyIntegerLeniently("-3", "it is -3").equal, true);
    EXPECT_EQ(verifyIntegerLeniently("3", "(4+2)-3").equal, true);
}

TEST(VerifyInteger, GroupsDigitsAtCommasOnlyWhereThousandsAre)
{
    EXPECT_EQ(verifyIntegerLeniently("23", "1,23").equal, true) << "a list of 1 and 23";
    EXPECT_EQ(verifyIntegerLeniently("567", "1234,567").equal, true);
    EXPECT_EQ(verifyIntegerLeniently("12345", "12,345").equal, true);
}

TEST(VerifyInteger, ComparesDigitsOfAnyLength)
{
    const std::string googol = "1" + std::string(100, '0');
    EXPECT_EQ(verifyInteger(googol, "0" + googol).equal, true);
    EXPECT_EQ(verifyInteger(googol, googol + "0").equal, false);
}

TEST(VerifyInteger, CannotGradeAgainstGoldThatIsNoWholeNumber)
{
    EXPECT_EQ(verifyInteger("3.5", "3"), (Verification{std::nullopt, "", "the gold answer states no whole number"}));
    EXPECT_EQ(verifyIntegerLeniently("", "3").equal, std::nullopt);
}

TEST(VerifyInteger, SaysWhyAnAnswerIsWrong)
{
    EXPECT_EQ(verifyInteger("18", " 20 "), (Verification{false, "20", "the answer is 20, not 18"}));
    EXPECT_EQ(verifyInteger("18", "about 18.5"),
        (Verification{false, "about 18.5", "the answer states a number that is not whole"}));
    EXPECT_EQ(verifyInteger("18", "").reason, "the answer states no number");
    EXPECT_EQ(
        verifyIntegerLeniently("18", "first 17, then 18 eggs."), (Verification{true, "18", "the last number is 18"}));
}

TEST(VerifyInteger, StaysLinearOnHostileText)
{
    std::string hostile;
    for (int i = 0; i < 300'000; ++i) {
        hostile += "1,";
    }
    EXPECT_EQ(verifyIntegerLeniently("2", hostile).equal, false);
    EXPECT_EQ(verifyInteger("2", std::string(1'000'000, '{') + "\\boxed{").equal, false);
    EXPECT_EQ(verifyIntegerLeniently("2", std::string(1'000'000, '\xEF')).reason, "there is no number");
}

} // namespace
} // namespace ahascope::reward
