#include "core/analysis/prose.h"

#include <string>

#include <gtest/gtest.h>

#include "core/text/white_space.h"

namespace ahascope::analysis {
namespace {

std::string kept(std::string_view text)
{
    EXPECT_EQ(proseOf(text).size(), text.size());
    return text::collapseWhiteSpace(proseOf(text));
}

TEST(Prose, LeavesOutCode)
{
    EXPECT_EQ(kept("run ```python\nprint(a)\n``` and `b`."), "run and .");
    EXPECT_EQ(kept("run ```python never closed"), "run");
    EXPECT_EQ(kept("a ` alone\nand ` again"), "a ` alone and ` again");
}

TEST(Prose, LeavesOutFormulas)
{
    EXPECT_EQ(kept("let $x^2$ be \\(y\\) and \\[ z \\\\ w \\] or $$v$$ end"), "let be and or end");
    EXPECT_EQ(kept("a \\begin{align} b &= c \\end{align} d"), "a d");
    EXPECT_EQ(kept("so \\implies it \\quad is"), "so it is");
    EXPECT_EQ(kept("\\[ never closed"), "\\[ never closed");
}

TEST(Prose, TakesDollarsOfMoneyForMoney)
{
    EXPECT_EQ(kept("costs $18 and $36 in all"), "costs $18 and $36 in all");
    EXPECT_EQ(kept("from $5-$10 each"), "from $5-$10 each");
    EXPECT_EQ(kept("$ 5 is $ 6"), "$ 5 is $ 6");
}

TEST(Prose, LeavesOutTagsAndAddresses)
{
    EXPECT_EQ(kept("<think> a </think><|im_end|> b"), "a b");
    EXPECT_EQ(kept("a < b and c > d"), "a < b and c > d");
    EXPECT_EQ(kept("see https://example.org/a?b=c for h"), "see for h");
}

TEST(Prose, StaysLinearOnOpenersThatNeverClose)
{
    for (const std::string opener : {"\\(", "\\[", "$a ", "`", "\\begin{", "<a", "$$ "}) {
        std::string hostile;
        while (hostile.size() < 1'000'000) {
            hostile += opener;
        }
        EXPECT_EQ(proseOf(hostile).size(), hostile.size());
    }
}

} // namespace
} // namespace ahascope::analysis
