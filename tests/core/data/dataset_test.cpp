#include "core/data/dataset.h"

#include <set>

#include <gtest/gtest.h>

#include "core/data/corpus.h"
#include "tests/core/data/task_options.h"

namespace ahascope::data {

namespace {

std::vector<Row> numbered(int count)
{
    std::vector<Row> rows;
    for (int i = 0; i < count; ++i) {
        rows.push_back({questionId("question " + std::to_string(i)), "question " + std::to_string(i), "a", {}});
    }
    return rows;
}

} // namespace

TEST(Dataset, HasTheSameHashExactlyForTheSameRows)
{
    std::vector<Row> rows = numbered(3);
    const std::string hash = Dataset(rows).hash();
    EXPECT_EQ(hash.size(), 32u);
    EXPECT_EQ(Dataset(rows).hash(), hash);
    rows[1].answer = "b";
    EXPECT_NE(Dataset(rows).hash(), hash);
    // Moving a letter from one cell to the next is another set.
    EXPECT_NE(Dataset({{0, "ab", "c", {}}}).hash(), Dataset({{0, "a", "bc", {}}}).hash());
}

TEST(Dataset, SplitsAFileByItsQuestionsWhateverTheirWhiteSpace)
{
    EXPECT_EQ(questionId("  what is\n 1 + 1 ?"), questionId("what is 1 + 1 ? "));
    EXPECT_NE(questionId("what is 1 + 1 ?"), questionId("what is 1 + 2 ?"));
    const Dataset train = selectRows(numbered(2000), {Split::Train, 0.25, 0, 0});
    const Dataset heldOut = selectRows(numbered(2000), {Split::HeldOut, 0.25, 0, 0});
    EXPECT_EQ(train.size() + heldOut.size(), 2000u);
    EXPECT_NEAR(static_cast<double>(heldOut.size()), 500, 60);
}

TEST(Dataset, HoldsOutASubsetWhereTheShareIsSmaller)
{
    for (std::uint64_t id = 0; id < 5000; ++id) {
        if (isHeldOut(id, 0.05)) {
            EXPECT_TRUE(isHeldOut(id, 0.1));
        }
    }
    EXPECT_FALSE(isHeldOut(1, 0.0));
    EXPECT_TRUE(isHeldOut(1, 1.0));
}

TEST(Dataset, TakesAtMostTheRowsAskedForInFileOrder)
{
    const Dataset some = selectRows(numbered(100), {Split::All, 0.1, 10, 1});
    ASSERT_EQ(some.size(), 10u);
    std::set<std::uint64_t> ids;
    for (std::size_t i = 0; i < some.size(); ++i) {
        ids.insert(some.row(i).id);
        if (i > 0) {
            EXPECT_LT(std::stoi(some.row(i - 1).question.substr(9)), std::stoi(some.row(i).question.substr(9)));
        }
    }
    EXPECT_EQ(ids.size(), 10u);
    EXPECT_NE(some.hash(), selectRows(numbered(100), {Split::All, 0.1, 10, 2}).hash());
    EXPECT_EQ(selectRows(numbered(5), {Split::All, 0.1, 10, 1}).size(), 5u);
    EXPECT_THROW(selectRows({}, {}), InputError);
}

TEST(Dataset, GivesEveryHeldOutProblemOfASmallerTaskThanAskedFor)
{
    const auto task = makeTask("countdown");
    const Dataset all = taskDataset(*task, {Split::HeldOut, 0.1, 0, 1});
    EXPECT_EQ(taskDataset(*task, {Split::HeldOut, 0.1, 1000, 1}).hash(), all.hash());
    const Dataset some = taskDataset(*task, {Split::HeldOut, 0.1, 50, 1});
    ASSERT_EQ(some.size(), 50u);
    EXPECT_EQ(some.row(49), all.row(49));
}

TEST(Dataset, FindsEveryProblemOfASmallTaskWithoutAnEnd)
{
    for (const std::int64_t modulus : {5, 20}) {
        const auto task = makeTask("running_sum", {{"terms", std::int64_t(2)}, {"modulus", modulus}});
        const auto problems = static_cast<std::size_t>(modulus * modulus);
        EXPECT_EQ(taskDataset(*task, {Split::All, 0.1, 0, 1}).size(), problems);
        const Dataset train = taskDataset(*task, {Split::Train, 0.5, 0, 1});
        const Dataset heldOut = taskDataset(*task, {Split::HeldOut, 0.5, 0, 1});
        EXPECT_EQ(train.size() + heldOut.size(), problems);
    }
}

TEST(Dataset, MakesATasksProblemsTheSameOnEveryMachine)
{
    // Recorded once: a change here changes the split of every shipped model.
    const auto task = makeTask("countdown");
    EXPECT_EQ(problemId("countdown 3 8 11 = 22"), 3808455978843420167u);
    EXPECT_EQ(taskDataset(*task, {Split::HeldOut, 0.1, 0, 1}).hash(), "8d2d95ad564cf04528d33b6112bccc3b");
    EXPECT_EQ(
        Corpus(task, Split::Train, 0.1, 1).text(0).completion, " <think> </think> <answer> ( 4 * 1 ) * 6 </answer>");
}

TEST(Dataset, RefusesASplitWithNothingInIt)
{
    const auto task = makeTask("countdown");
    EXPECT_THROW(taskDataset(*task, {Split::HeldOut, 0.0, 0, 1}), InputError);
    EXPECT_THROW(Corpus(task, Split::Train, 1.0, 1), InputError);
}

} // namespace ahascope::data
