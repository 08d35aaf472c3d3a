#include "core/text/unicode_class.h"

#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

TEST(UnicodeClasses, KnowsTheKindsOfCharacters)
{
    const UnicodeClasses& classes = UnicodeClasses::instance();
    EXPECT_EQ(classes.kind(U'a'), CharacterKind::Letter);
    EXPECT_EQ(classes.kind(U'中'), CharacterKind::Letter);
    EXPECT_EQ(classes.kind(0x301), CharacterKind::Mark);
    EXPECT_EQ(classes.kind(U'7'), CharacterKind::Number);
    EXPECT_EQ(classes.kind(U'½'), CharacterKind::Number);
    EXPECT_EQ(classes.kind(U'!'), CharacterKind::Punctuation);
    EXPECT_EQ(classes.kind(U'+'), CharacterKind::Symbol);
    EXPECT_EQ(classes.kind(0x1f600), CharacterKind::Symbol);
    EXPECT_EQ(classes.kind(0x3000), CharacterKind::Space);
    EXPECT_EQ(classes.kind(0x85), CharacterKind::Space);
    EXPECT_EQ(classes.kind(0x200b), CharacterKind::Other); // zero width space is no white space
    EXPECT_EQ(classes.kind(0), CharacterKind::Other);
    EXPECT_EQ(classes.kind(0x10ffff), CharacterKind::Other);
    EXPECT_EQ(classes.kind(0x105c0), CharacterKind::Letter); // Todhri, of Unicode 16
}

TEST(UnicodeClasses, CountsTheWhiteSpacesOfUnicode)
{
    int spaces = 0;
    for (char32_t c = 0; c < 0x110000; ++c)
        spaces += UnicodeClasses::instance().isSpace(c);
    EXPECT_EQ(spaces, 25);
}

TEST(UnicodeClasses, KnowsWordCharacters)
{
    const UnicodeClasses& classes = UnicodeClasses::instance();
    for (const char32_t c : {U'_', U'a', U'9', U'é', char32_t{0x301}, char32_t{0x24b6}})
        EXPECT_TRUE(classes.isWord(c)) << static_cast<int>(c);
    for (const char32_t c : {U'-', U' ', U'½', U'!'})
        EXPECT_FALSE(classes.isWord(c)) << static_cast<int>(c);
}

} // namespace
} // namespace ahascope::text
