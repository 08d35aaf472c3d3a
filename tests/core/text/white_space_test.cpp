#include "core/text/white_space.h"

#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

TEST(WhiteSpace, TrimsEveryUnicodeSpaceFromBothEnds)
{
    EXPECT_EQ(trim("\xE3\x80\x80 \t a b \xC2\xA0\xE2\x80\x89\r\n"), "a b");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(trim("\xE2\x80\x8B"), "\xE2\x80\x8B") << "the zero width space is not white space";
}

TEST(WhiteSpace, LeavesLettersThatShareBytesWithSpaces)
{
    EXPECT_EQ(trim("\xC3\xA0"), "\xC3\xA0") << "a with grave ends in the byte of the no-break space";
    EXPECT_EQ(trim("\xE4\xB8\x80"), "\xE4\xB8\x80");
    EXPECT_EQ(trim("\xA0"), "\xA0") << "not UTF-8";
    EXPECT_EQ(trim("\xE2\x80"), "\xE2\x80") << "cut off";
}

TEST(WhiteSpace, CollapsesRunsIntoOneSpace)
{
    EXPECT_EQ(collapseWhiteSpace("  a \n\t b\xE3\x80\x80"
                                 "c "),
        "a b c");
    EXPECT_EQ(collapseWhiteSpace(" \n "), "");
}

} // namespace
} // namespace ahascope::text
