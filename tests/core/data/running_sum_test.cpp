#include "core/data/tasks/running_sum.h"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/corpus.h"
#include "core/data/dataset.h"
#include "tests/core/data/task_options.h"

namespace ahascope::data {

TEST(RunningSum, AddsFromLeftToRightModuloTheModulus)
{
    const auto task = makeTask("running_sum", {{"terms", std::int64_t{3}}},
        {{"chain", 1.0}, {"full_tags", 1.0}, {"answer_tag", 0.0}, {"slips", 0.0}, {"chinese", 0.0}, {"mixed", 0.0}});
    CounterRandom random{1};
    const CorpusText text = task->write({{7, 5, 9}, 1}, random);
    EXPECT_EQ(text.row.question, "add mod 10 : 7 5 9");
    EXPECT_EQ(text.row.answer, "1");
    EXPECT_EQ(text.completion, " <think> 7 + 5 = 2 then 2 + 9 = 1 </think> <answer> 1 </answer>");
    EXPECT_TRUE(text.correct);
}

TEST(RunningSum, AnswersRightWithAChainAndByChanceWithout)
{
    const Corpus corpus(makeTask("running_sum", {}, {{"chain", 0.5}}), Split::Train, 0.1, 1);
    int chains = 0;
    int guesses = 0;
    int rightGuesses = 0;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        const CorpusText text = corpus.text(i);
        if (text.strategy == "chain") {
            ++chains;
            EXPECT_TRUE(text.correct);
        } else {
            ++guesses;
            rightGuesses += text.correct ? 1 : 0;
        }
    }
    EXPECT_NEAR(chains, 2000, 100);
    EXPECT_NEAR(rightGuesses / double(guesses), 0.1, 0.025);
}

TEST(RunningSum, MendsItsSlips)
{
    const auto task = makeTask("running_sum", {{"terms", std::int64_t{3}}},
        {{"chain", 1.0}, {"full_tags", 0.0}, {"answer_tag", 1.0}, {"slips", 1.0}, {"chinese", 0.0}, {"mixed", 0.0}});
    CounterRandom random{4};
    const CorpusText text = task->write({{7, 5, 9}, 1}, random);
    EXPECT_EQ(text.slips, 1);
    EXPECT_THAT(text.completion, ::testing::HasSubstr(" mistake "));
    EXPECT_THAT(text.completion, ::testing::HasSubstr("2 + 9 = 1 <answer> 1 </answer>"));
}

TEST(RunningSum, DrawsDifferentProblemsForTrainingAndEvaluation)
{
    const auto task = makeTask("running_sum");
    EXPECT_EQ(task->size(), std::nullopt);
    const Dataset training = taskDataset(*task, {Split::Train, 0.1, 3000, 1});
    const Dataset heldOut = taskDataset(*task, {Split::HeldOut, 0.1, 1000, 2});
    EXPECT_EQ(training.size(), 3000u);
    EXPECT_EQ(heldOut.size(), 1000u);
    std::set<std::uint64_t> ids;
    for (const Row& row : heldOut.rows()) {
        EXPECT_TRUE(isHeldOut(row.id, 0.1));
        ids.insert(row.id);
    }
    EXPECT_EQ(ids.size(), 1000u);
    for (const Row& row : training.rows()) {
        EXPECT_FALSE(ids.contains(row.id));
    }
}

TEST(RunningSum, MakesEveryWordOfItsTextsOutOfItsWordList)
{
    const auto task = makeTask("running_sum", {}, {{"chain", 1.0}, {"mixed", 0.5}, {"slips", 0.5}, {"full_tags", 0.4}});
    const std::vector<std::string> list = task->words();
    const std::set<std::string> known(list.begin(), list.end());
    const Corpus corpus(task, Split::All, 0.1, 1);
    for (std::uint64_t i = 0; i < 500; ++i) {
        const CorpusText text = corpus.text(i);
        std::istringstream words(text.row.question + text.completion);
        for (std::string word; words >> word;) {
            ASSERT_TRUE(known.contains(word)) << word;
        }
    }
}

} // namespace ahascope::data
