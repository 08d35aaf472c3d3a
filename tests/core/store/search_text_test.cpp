#include "core/store/search_text.h"

#include <gtest/gtest.h>

namespace ahascope::store {

TEST(SearchText, PutsSpacesBetweenCharactersOfScriptsWithoutSpaces)
{
    EXPECT_EQ(toSearchText("wait, 48"), "wait, 48");
    EXPECT_EQ(toSearchText("等等ok"), " 等  等 ok");
    EXPECT_EQ(toSearchText("é等"), "é 等 ");
    EXPECT_EQ(toSearchText("\xff ok é"), "  ok é");
}

TEST(SearchText, LooksForAllWords)
{
    EXPECT_EQ(toSearchQuery("wait 48"), R"("wait" AND "48")");
    EXPECT_EQ(toSearchQuery("  wait  "), R"("wait")");
    EXPECT_EQ(toSearchQuery("rech*"), R"("rech" *)");
    EXPECT_EQ(toSearchQuery(R"("let me check" no)"), R"("let me check" AND "no")");
    EXPECT_EQ(toSearchQuery("检查"), R"(" 检  查 ")");
}

TEST(SearchText, TakesTheLanguageOfQueriesLiterally)
{
    EXPECT_EQ(toSearchQuery("a OR b"), R"("a" AND "OR" AND "b")");
    EXPECT_EQ(toSearchQuery("completion:x"), R"("completion:x")");
    EXPECT_EQ(toSearchQuery("x\"y"), R"("x" AND "y")");
    EXPECT_EQ(toSearchQuery("\"unfinished"), "\"unfinished\"");
    EXPECT_EQ(toSearchQuery("NEAR(a b)"), "\"NEAR(a\" AND \"b)\"");
}

TEST(SearchText, FindsNothingInPunctuation)
{
    EXPECT_EQ(toSearchQuery(""), "");
    EXPECT_EQ(toSearchQuery(" + = * \" \" "), "");
}

} // namespace ahascope::store
