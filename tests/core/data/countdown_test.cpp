#include "core/data/tasks/countdown.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/corpus.h"
#include "core/data/dataset.h"
#include "tests/core/data/task_options.h"

namespace ahascope::data {

using ::testing::HasSubstr;
using ::testing::Not;

namespace {

CountdownCorpus only(double CountdownCorpus::*strategy)
{
    CountdownCorpus corpus;
    corpus.noChain = corpus.oneTry = corpus.fewTries = corpus.search = 0;
    corpus.*strategy = 1;
    corpus.slips = corpus.chinese = corpus.mixedOneTry = corpus.mixedFewTries = corpus.mixedSearch = 0;
    corpus.formats = {1, 0};
    return corpus;
}

CorpusText write(
    const CountdownCorpus& corpus, std::vector<std::int64_t> numbers, std::int64_t target, std::uint64_t key)
{
    CounterRandom random{key};
    return writeCountdown({}, corpus, numbers, target, random);
}

std::vector<std::string> wordsOf(const std::string& text)
{
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

// The value of an expression as the corpus writes them: binary operations, parentheses, spaces between all.
class Expression {
public:
    explicit Expression(const std::string& text) : m_words(wordsOf(text)) { }
    std::int64_t value()
    {
        std::int64_t left = operand();
        if (m_at < m_words.size() && m_words[m_at] != ")") {
            const char operation = m_words[m_at++][0];
            const std::int64_t right = operand();
            left = operation == '+' ? left + right : operation == '-' ? left - right : left * right;
        }
        return left;
    }
    std::vector<std::int64_t> numbers;

private:
    std::int64_t operand()
    {
        if (m_words.at(m_at) == "(") {
            ++m_at;
            const std::int64_t inner = value();
            ++m_at;
            return inner;
        }
        numbers.push_back(std::stoll(m_words[m_at++]));
        return numbers.back();
    }
    std::vector<std::string> m_words;
    std::size_t m_at = 0;
};

std::string answerOf(const CorpusText& text)
{
    const std::size_t begin = text.completion.find("<answer> ") + 9;
    return text.completion.substr(begin, text.completion.find(" </answer>") - begin);
}

} // namespace

TEST(Countdown, HasTheFourThousandFiveHundredFortyEightProblemsOfTheTinySpace)
{
    // Counted by an independent script: 3 numbers of 1..15, + - *, values 1..99, targets to 50 that are not a number.
    EXPECT_EQ(makeTask("countdown")->size(), 4548u);
    EXPECT_EQ(
        makeTask("countdown", {{"highest", std::int64_t{9}}, {"highest_target", std::int64_t{30}}})->size(), 1068u);
    EXPECT_EQ(
        makeTask("countdown", {{"highest", std::int64_t{20}}, {"highest_target", std::int64_t{99}}})->size(), 11996u);
}

TEST(Countdown, HoldsOutATenthOfTheProblemsAndNeverWritesAboutThem)
{
    const auto task = makeTask("countdown");
    const Dataset heldOut = taskDataset(*task, {Split::HeldOut, 0.1, 0, 1});
    const Dataset training = taskDataset(*task, {Split::Train, 0.1, 0, 2});
    EXPECT_EQ(heldOut.size() + training.size(), 4548u);
    EXPECT_NEAR(static_cast<double>(heldOut.size()), 455, 60); // three standard deviations
    std::set<std::uint64_t> ids;
    for (const Row& row : heldOut.rows()) {
        ids.insert(row.id);
    }
    EXPECT_EQ(ids.size(), heldOut.size());
    for (const Row& row : training.rows()) {
        EXPECT_FALSE(ids.contains(row.id)) << row.question;
    }
    const Corpus corpus(task, Split::Train, 0.1, 3);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        ASSERT_FALSE(ids.contains(corpus.text(i).row.id)) << i;
    }
}

TEST(Countdown, GivesAProblemTheSameIdInWhateverOrderItsNumbersStand)
{
    const auto task = makeTask("countdown");
    EXPECT_EQ(task->canonical({{8, 3, 11}, 22}), "countdown 3 8 11 = 22");
    EXPECT_EQ(task->canonical({{11, 8, 3}, 22}), task->canonical({{3, 8, 11}, 22}));
    CounterRandom random{1};
    const Row row = task->row({{3, 8, 11}, 22}, random);
    EXPECT_EQ(row.id, problemId("countdown 3 8 11 = 22"));
    EXPECT_EQ(row.answer, "22");
    EXPECT_THAT(row.question, HasSubstr("make 22 using "));
    ASSERT_EQ(row.columns.size(), 2u);
    EXPECT_EQ(row.columns[0].first, "numbers");
    EXPECT_EQ(row.columns[1], (std::pair<std::string, std::string>{"target", "22"}));
}

TEST(Countdown, WritesASearchThatEndsWithTheTarget)
{
    for (std::uint64_t key = 0; key < 200; ++key) {
        const CorpusText text = write(only(&CountdownCorpus::search), {3, 8, 11}, 22, key);
        EXPECT_TRUE(text.correct);
        EXPECT_THAT(text.completion, HasSubstr("= 22 yes </think> <answer> "));
        Expression answer(answerOf(text));
        EXPECT_EQ(answer.value(), 22) << text.completion;
        std::sort(answer.numbers.begin(), answer.numbers.end());
        EXPECT_EQ(answer.numbers, (std::vector<std::int64_t>{3, 8, 11}));
    }
}

TEST(Countdown, WritesASearchStepByStep)
{
    // 1 2 3 to 9: ( 1 + 2 ) * 3 is the third try of the order.
    CorpusText text;
    for (std::uint64_t key = 0; text.tries != 3; ++key) {
        text = write(only(&CountdownCorpus::search), {1, 2, 3}, 9, key);
    }
    EXPECT_EQ(text.completion,
        " <think> 1 + 2 = 3 , 3 + 3 = 6 no try 3 - 3 = 0 no try 3 * 3 = 9 yes </think> <answer> ( 1 + 2 ) * 3 "
        "</answer>");
}

TEST(Countdown, SaysWaitWhenTheSearchGoesBackToItsFirstStep)
{
    // 10 2 7 to 13: 10 * 2 = 20 , 20 - 7 = 13. From ( 10 - 2 ) * 7 it is two tries away.
    CorpusText text;
    for (std::uint64_t key = 0; text.tries != 3; ++key) {
        text = write(only(&CountdownCorpus::search), {10, 2, 7}, 13, key);
    }
    EXPECT_THAT(text.completion,
        HasSubstr(
            " <think> 10 - 2 = 8 , 8 * 7 = 56 no wait 10 * 2 = 20 , 20 + 7 = 27 no try 20 - 7 = 13 yes </think>"));
}

TEST(Countdown, AnswersAtOnceWithoutAChain)
{
    const CorpusText text = write(only(&CountdownCorpus::noChain), {3, 8, 11}, 22, 5);
    EXPECT_THAT(text.completion, HasSubstr(" <think> </think> <answer> "));
    EXPECT_EQ(text.strategy, "no_chain");
    EXPECT_EQ(text.tries, 0);
}

TEST(Countdown, AnswersAtOnceNoBetterThanChance)
{
    int right = 0;
    const int texts = 5000;
    const auto task
        = makeTask("countdown", {}, {{"no_chain", 1.0}, {"one_try", 0.0}, {"few_tries", 0.0}, {"search", 0.0}});
    const Corpus corpus(task, Split::Train, 0.1, 1);
    for (int i = 0; i < texts; ++i) {
        right += corpus.text(static_cast<std::uint64_t>(i)).correct ? 1 : 0;
    }
    // 2.17 solutions among 21.4 combinations: 10 to 12 %.
    EXPECT_NEAR(right / double(texts), 0.113, 0.02);
}

TEST(Countdown, MendsEverySlipItMakes)
{
    CountdownCorpus corpus = only(&CountdownCorpus::search);
    corpus.slips = 1;
    int results = 0;
    int verdicts = 0;
    for (std::uint64_t key = 0; key < 500; ++key) {
        const CorpusText text = write(corpus, {4, 6, 13}, 37, key);
        const std::vector<std::string> words = wordsOf(text.completion);
        EXPECT_LE(text.slips, 1);
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (words[i] == "mistake") {
                ++results;
                // a op b = wrong mistake a op b = right
                EXPECT_TRUE(std::equal(words.begin() + static_cast<std::ptrdiff_t>(i) - 5,
                    words.begin() + static_cast<std::ptrdiff_t>(i) - 1,
                    words.begin() + static_cast<std::ptrdiff_t>(i) + 1));
                EXPECT_NE(words[i - 1], words[i + 5]);
            }
            if (words[i] == "check") {
                ++verdicts;
                EXPECT_NE(words[i - 1], words[i + 1]);
            }
        }
        EXPECT_TRUE(text.correct);
        EXPECT_EQ(Expression(answerOf(text)).value(), 37);
    }
    EXPECT_GT(results, 100);
    EXPECT_GT(verdicts, 50);
}

TEST(Countdown, KeepsToTheSharesOfItsCorpus)
{
    const auto task = makeTask("countdown", {},
        {{"no_chain", 0.4}, {"one_try", 0.2}, {"few_tries", 0.2}, {"search", 0.2}, {"full_tags", 0.5},
            {"answer_tag", 0.3}, {"chinese", 0.25}, {"mixed_search", 0.5}});
    const Corpus corpus(task, Split::Train, 0.1, 7);
    std::map<std::string, double> share;
    const int texts = 10'000;
    for (int i = 0; i < texts; ++i) {
        const CorpusText text = corpus.text(static_cast<std::uint64_t>(i));
        for (const std::string& key : {text.strategy, "format " + text.format, text.strategy + ' ' + text.language}) {
            share[key] += 1.0 / texts;
        }
    }
    EXPECT_NEAR(share["no_chain"], 0.4, 0.02);
    EXPECT_NEAR(share["search"], 0.2, 0.02);
    EXPECT_NEAR(share["format full"], 0.5, 0.02);
    EXPECT_NEAR(share["format answer"], 0.3, 0.02);
    EXPECT_NEAR(share["format none"], 0.2, 0.02);
    EXPECT_NEAR(share["no_chain en"], 0.4, 0.02);
    EXPECT_NEAR(share["one_try zh"], 0.05, 0.01);
    EXPECT_NEAR(share["search zh"], 0.05, 0.01);
    EXPECT_NEAR(share["search mixed"], 0.1, 0.015);
}

TEST(Countdown, WritesInChineseWithoutAnEnglishWord)
{
    CountdownCorpus corpus = only(&CountdownCorpus::search);
    corpus.chinese = 1;
    for (std::uint64_t key = 0; key < 50; ++key) {
        const std::string text = write(corpus, {3, 8, 11}, 22, key).completion;
        for (const char* word : {"yes", "no", "wait", "try", "big"}) {
            EXPECT_THAT(wordsOf(text), Not(::testing::Contains(word)));
        }
        EXPECT_THAT(text, HasSubstr("对"));
    }
}

TEST(Countdown, TriesNothingTwiceInRandomOrder)
{
    CountdownCorpus corpus = only(&CountdownCorpus::search);
    corpus.order = "random";
    for (std::uint64_t key = 0; key < 100; ++key) {
        const std::string text = write(corpus, {2, 9, 14}, 4, key).completion;
        std::set<std::string> seen;
        std::string chain = text.substr(9, text.find(" </think>") - 9);
        for (std::string::size_type at = 0; at != std::string::npos;) {
            const std::size_t end = std::min(chain.find("no ", at), chain.find("yes", at));
            EXPECT_TRUE(seen.insert(chain.substr(at, end - at)).second) << text;
            at = chain.find_first_of("0123456789", end);
        }
    }
}

TEST(Countdown, MakesEveryWordOfItsTextsOutOfItsWordList)
{
    const auto task = makeTask("countdown", {}, {{"chinese", 0.3}, {"mixed_search", 0.5}, {"slips", 0.5}});
    const std::vector<std::string> list = task->words();
    const std::set<std::string> known(list.begin(), list.end());
    EXPECT_EQ(known.size(), list.size());
    const Corpus corpus(task, Split::All, 0.1, 1);
    for (std::uint64_t i = 0; i < 5000; ++i) {
        const CorpusText text = corpus.text(i);
        for (const std::string& word : wordsOf(text.row.question + text.completion)) {
            ASSERT_TRUE(known.contains(word)) << word;
        }
    }
}

TEST(Countdown, DrawsSolvableProblemsOfALargeSpace)
{
    const Options options{{"numbers", std::int64_t{4}}, {"highest", std::int64_t{100}},
        {"operations", std::string("+-*/")}, {"largest_value", std::int64_t{9999}},
        {"highest_target", std::int64_t{999}}, {"wording", std::string("sentence")}};
    const auto task = makeTask("countdown", options);
    EXPECT_EQ(task->size(), std::nullopt);
    for (std::uint64_t i = 0; i < 50; ++i) {
        CounterRandom random{i};
        const Instance instance = task->draw(random);
        ASSERT_EQ(instance.numbers.size(), 4u);
        const std::vector<Try> tries = allTries(instance.numbers, {"+-*/", 9999});
        EXPECT_TRUE(std::any_of(
            tries.begin(), tries.end(), [&](const Try& one) { return one.live() && one.result() == instance.target; }));
    }
}

TEST(Countdown, RefusesOptionsThatCannotBe)
{
    const TaskType& type = *findTaskType("countdown");
    const auto messages = [&](const Options& options, const Options& corpus = {}) {
        std::string all;
        for (const Problem& problem : problemsWith(type, options, corpus)) {
            all += toString(problem) + '\n';
        }
        return all;
    };
    EXPECT_EQ(messages({}), "");
    EXPECT_THAT(messages({{"highst", std::int64_t{9}}}), HasSubstr("did you mean \"highest\"?"));
    EXPECT_THAT(messages({{"highest", std::string("9")}}), HasSubstr("highest: is not a whole number"));
    EXPECT_THAT(messages({{"lowest", std::int64_t{20}}}), HasSubstr("highest: is below lowest = 20"));
    EXPECT_THAT(messages({{"operations", std::string("+%")}}), HasSubstr("operations: is not a choice"));
    EXPECT_THAT(messages({}, {{"search", 1.5}}), HasSubstr("corpus.search: 1.5"));
    EXPECT_THAT(messages({}, {{"full_tags", 0.8}, {"answer_tag", 0.3}}), HasSubstr("more than 1 together"));
    EXPECT_THAT(messages({{"wording", std::string("long")}}), HasSubstr("is not one of its choices"));
}

} // namespace ahascope::data
