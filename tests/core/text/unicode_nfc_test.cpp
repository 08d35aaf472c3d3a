#include "core/text/unicode_nfc.h"

#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

TEST(Nfc, LeavesNormalTextAlone)
{
    EXPECT_EQ(nfc("plain text, café"), std::nullopt);
    EXPECT_EQ(nfc("中文 한국어 👍"), std::nullopt);
    EXPECT_EQ(nfc(""), std::nullopt);
}

TEST(Nfc, ComposesAndOrdersMarks)
{
    EXPECT_EQ(nfc("cafe\u0301"), "caf\u00e9");
    EXPECT_EQ(nfc("q\u0307\u0323"), "q\u0323\u0307");
    EXPECT_EQ(nfc("\u1112\u1161\u11ab"), "\ud55c"); // Hangul
    EXPECT_EQ(nfc("\u2126"), "\u03a9");             // ohm sign
    EXPECT_EQ(nfc("\u0958"), "\u0915\u093c");       // excluded from composition
}

// tokenizers 0.23 has the tables of Unicode 9: a pair of Unicode 13 stays apart, a mark of Unicode 14 blocks.
TEST(Nfc, LeavesCharactersYoungerThanUnicode9AsTheyAre)
{
    EXPECT_EQ(nfc("\U00011935\U00011930"), "\U00011935\U00011930");
    EXPECT_EQ(nfc("\u1df7\u073be\u0301"), "\u1df7\u073b\u00e9"); // a mark of Unicode 10
    EXPECT_EQ(nfc("e\u0898\u0323\u0301\u0323"), "e\u0898\u0323\u0323\u0301");
}

} // namespace
} // namespace ahascope::text
