#include "core/reward/verify_exact.h"

#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

TEST(VerifyExact, LooksPastWhiteSpaceOnly)
{
    EXPECT_EQ(verifyExact("a  b", "\n a b "), (Verification{true, "a b", "the answer is the gold answer"}));
    EXPECT_EQ(verifyExact("a b", "ab").equal, false);
    EXPECT_EQ(verifyExact("a b", "A b").equal, false);
    EXPECT_EQ(verifyExact("5", "5.").equal, false);
    EXPECT_EQ(verifyExact("5", " ").reason, "the answer is empty");
}

TEST(VerifyExact, CannotGradeAgainstAnEmptyGoldAnswer)
{
    EXPECT_EQ(verifyExact(" ", "a").equal, std::nullopt);
    EXPECT_EQ(verifyExactLeniently("", "a").equal, std::nullopt);
}

TEST(VerifyExact, ReadsTheEndOfATextLeniently)
{
    EXPECT_EQ(verifyExactLeniently("5", "3 + 2 = 5.").equal, true);
    EXPECT_EQ(verifyExactLeniently("new york", "It is  **new\n york**!").equal, true);
    EXPECT_EQ(verifyExactLeniently("5", "it is 15"),
        (Verification{false, "15", "the text does not end with the gold answer"}));
    EXPECT_EQ(verifyExactLeniently("5", "5 is not it").equal, false);
    EXPECT_EQ(verifyExactLeniently("\xE5\xAF\xB9", "\xE6\x98\xAF\xE5\xAF\xB9\xE3\x80\x82").equal, true);
    EXPECT_EQ(verifyExactLeniently("a b", "x y z").extracted, "y z");
}

} // namespace
} // namespace ahascope::reward
