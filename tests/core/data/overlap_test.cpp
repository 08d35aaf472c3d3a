#include "core/data/overlap.h"

#include <gtest/gtest.h>

namespace ahascope::data {

namespace {

Row asked(std::string question)
{
    Row row;
    row.question = std::move(question);
    return row;
}

} // namespace

TEST(Overlap, ReadsWordsWithoutSignsAndCase)
{
    EXPECT_EQ(overlapWords("Tom's 3 APPLES, (5)!"), (std::vector<std::string>{"tom", "s", "3", "apples", "5"}));
    EXPECT_EQ(overlapWords("求x的值"), (std::vector<std::string>{"求", "x", "的", "值"}));
}

TEST(Overlap, FindsARunOfTenSharedWords)
{
    const std::vector<Row> training{
        asked("nothing to see"), asked("Well: one two three four five six seven eight nine ten, eleven.")};
    const std::vector<Row> heldOut{asked("one two three four five six seven eight nine"),
        asked("zero two three four five six seven eight nine ten eleven"),
        asked("two three four five six seven eight nine ten twelve")};
    const auto overlaps = findOverlap(training, heldOut);
    ASSERT_EQ(overlaps.size(), 1u);
    EXPECT_EQ(overlaps[0], (Overlap{1, 1, "two three four five six seven eight nine ten eleven"}));
}

TEST(Overlap, CountsAShortQuestionOnlyWhenItStandsWhole)
{
    const std::vector<Row> training{asked("What is 2 + 2?"), asked("What is 2 + 2 + 2?")};
    const auto overlaps = findOverlap(training, std::vector<Row>{asked("what is 2 2"), asked("is 2 2"), asked("")});
    ASSERT_EQ(overlaps.size(), 1u);
    EXPECT_EQ(overlaps[0].heldOutRow, 0u);
    EXPECT_EQ(overlaps[0].trainingRow, 0u);
}

} // namespace ahascope::data
