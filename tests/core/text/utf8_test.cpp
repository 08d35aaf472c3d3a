#include "core/text/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

using testing::ElementsAre;

TEST(Utf8, DecodesEveryLength)
{
    const std::string text = "a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80";
    EXPECT_EQ(codePointAt(text, 0).value, U'a');
    EXPECT_EQ(codePointAt(text, 1).value, U'é');
    EXPECT_EQ(codePointAt(text, 3).value, U'中');
    EXPECT_EQ(codePointAt(text, 6).value, U'\U0001F600');
    EXPECT_EQ(codePointAt(text, 6).bytes, 4);
    EXPECT_EQ(countCodePoints(text), 4u);
    EXPECT_THAT(codePointStarts(text), ElementsAre(0, 1, 3, 6, 10));
}

TEST(Utf8, WritesWhatItReadsForEveryCodePoint)
{
    for (char32_t c = 0; c < 0x110000; ++c) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        std::string text;
        appendUtf8(text, c);
        const CodePoint read = codePointAt(text, 0);
        ASSERT_TRUE(read.wellFormed && read.value == c && read.bytes == text.size()) << static_cast<unsigned>(c);
    }
}

// Expected values: Python's bytes.decode("utf-8", "replace").
TEST(Utf8, ReplacesMaximalSubparts)
{
    const std::string r = "\xef\xbf\xbd";
    EXPECT_EQ(repairedUtf8("a\xff"
                           "b"),
        "a" + r + "b");
    EXPECT_EQ(repairedUtf8("\xe4\xb8"), r); // cut off: one mark for what is there
    EXPECT_EQ(repairedUtf8("\xe4\xb8"
                           "x"),
        r + "x");
    EXPECT_EQ(repairedUtf8("\xf0\x9f\x98"), r);
    EXPECT_EQ(repairedUtf8("\xc0\xaf"), r + r); // overlong
    EXPECT_EQ(repairedUtf8("\xe0\x80\xaf"), r + r + r);
    EXPECT_EQ(repairedUtf8("\xed\xa0\x80"), r + r + r);         // a surrogate
    EXPECT_EQ(repairedUtf8("\xf4\x90\x80\x80"), r + r + r + r); // above U+10FFFF
    EXPECT_EQ(repairedUtf8("\xf1\x80\xc2\xa9"), r + "\xc2\xa9");
    EXPECT_EQ(repairedUtf8("\x80\xbf"), r + r);
    EXPECT_EQ(repairedUtf8("\xc3\xa9"), "\xc3\xa9");
}

TEST(Utf8, KnowsWhatIsWellFormed)
{
    EXPECT_TRUE(isUtf8(""));
    EXPECT_TRUE(isUtf8("plain, é, 中"));
    EXPECT_FALSE(isUtf8("plain\xc3"));
    EXPECT_FALSE(isUtf8("\xed\xbf\xbf"));
    EXPECT_FALSE(isUtf8("\xf5\x80\x80\x80"));
}

TEST(Utf8, HoldsBackOnlyAnUnfinishedCodePoint)
{
    EXPECT_EQ(completeUtf8Length(""), 0u);
    EXPECT_EQ(completeUtf8Length("ab"), 2u);
    EXPECT_EQ(completeUtf8Length("a\xe4"), 1u);
    EXPECT_EQ(completeUtf8Length("a\xe4\xb8"), 1u);
    EXPECT_EQ(completeUtf8Length("a\xe4\xb8\xad"), 4u);
    EXPECT_EQ(completeUtf8Length("a\xf0\x9f\x98"), 1u);
    EXPECT_EQ(completeUtf8Length("a\xff"), 2u); // never becomes a code point
    EXPECT_EQ(completeUtf8Length("\x80\x80\x80"), 3u);
    EXPECT_EQ(completeUtf8Length("\xe0\x80"), 2u); // already known to be ill-formed
}

} // namespace
} // namespace ahascope::text
