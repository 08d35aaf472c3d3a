#include "core/text/safe_toml.h"

#include <string>

#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

TEST(SafeToml, ReadsToml)
{
    EXPECT_EQ(parseToml("a = 1\n[b]\nc = [1, 2]\n")["b"]["c"].as_array()->size(), 2u);
}

TEST(SafeToml, ThrowsWhereTheParserAsserts)
{
    EXPECT_THROW(parseToml("a = [1, }"), toml::parse_error);
    EXPECT_THROW(parseToml("a = [}"), toml::parse_error);
    EXPECT_THROW(parseToml("a = [1, }]\nb = 2"), toml::parse_error);
}

TEST(SafeToml, TellsLettersFromWhiteSpace)
{
    // One code point of each class that the parser's tables put together with white space.
    for (const std::string letter : {"\u00E9", "\u0416", "\u1533", "\u201C", "\u2C60", "\uFEFD"}) {
        EXPECT_THROW(parseToml("an" + letter + " = 1"), toml::parse_error) << letter;
        EXPECT_THROW(parseToml(letter + " = 1"), toml::parse_error) << letter;
        EXPECT_EQ(parseToml("a = \"\"\"\\\n  " + letter + "\"\"\"")["a"].value_or(std::string()), letter);
    }
}

TEST(SafeToml, RefusesKeysWithoutEnd)
{
    std::string key = "a";
    for (int i = 0; i < 100'000; ++i) {
        key += ".a";
    }
    EXPECT_THROW(parseToml(key + " = 1"), toml::parse_error);
    EXPECT_THROW(parseToml("[" + key + "]"), toml::parse_error);
    EXPECT_THROW(parseToml("a = " + std::string(100'000, '[')), toml::parse_error);
}

} // namespace
} // namespace ahascope::text
