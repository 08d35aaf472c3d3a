#include <algorithm>
#include <map>

#include <gmock/gmock.h>

#include "core/store/run_reader.h"
#include "core/store/store_error.h"
#include "tests/core/store/example_run.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::store {

using namespace test;
using ahascope::test::TemporaryFolder;
using pipeline::Sample;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

// One run of 12 steps and 2 evaluations, written once for all cases.
class SampleQueries : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        folder = std::make_unique<TemporaryFolder>();
        std::vector<pipeline::RunEvent> events = {started(), stageStarted(), evaluation(0, 0.2)};
        for (std::int64_t i = 1; i <= 12; ++i)
            events.push_back(step(i));
        events.push_back(evaluation(12, 0.6));
        run = writeRun(folder->path(), events);
    }
    static void TearDownTestSuite() { folder.reset(); }

    // What a query should find, worked out from the samples themselves.
    static std::vector<SampleRow> all()
    {
        RunReader reader(run);
        SampleQuery query;
        query.limit = 10'000;
        return reader.samples(query).rows;
    }

    static inline std::unique_ptr<TemporaryFolder> folder;
    static inline std::filesystem::path run;
};

std::vector<std::int64_t> idsOf(const std::vector<SampleRow>& rows)
{
    std::vector<std::int64_t> ids;
    for (const SampleRow& row : rows)
        ids.push_back(row.id);
    return ids;
}

double keyOf(const SampleRow& row, SampleSort sort)
{
    switch (sort) {
    case SampleSort::Step:
        return static_cast<double>(row.id);
    case SampleSort::Reward:
        return row.reward.value_or(-INFINITY);
    case SampleSort::Length:
        return static_cast<double>(row.length);
    case SampleSort::Reflections:
        return row.reflections;
    case SampleSort::Mixing:
        return row.mixing;
    case SampleSort::Advantage:
        return row.advantage;
    }
    return 0;
}

} // namespace

TEST_F(SampleQueries, GoThroughPagesInEveryOrderWithoutGapOrRepetition)
{
    RunReader reader(run);
    for (SampleSort sort : {SampleSort::Step, SampleSort::Reward, SampleSort::Length, SampleSort::Reflections,
             SampleSort::Mixing, SampleSort::Advantage})
        for (bool ascending : {true, false}) {
            std::vector<SampleRow> expected = all();
            std::sort(expected.begin(), expected.end(), [&](const SampleRow& a, const SampleRow& b) {
                auto left = std::pair(keyOf(a, sort), a.id);
                auto right = std::pair(keyOf(b, sort), b.id);
                return ascending ? left < right : right < left;
            });
            SampleQuery query;
            query.sort = sort;
            query.ascending = ascending;
            query.limit = 7;
            std::vector<std::int64_t> found;
            do {
                SamplePage page = reader.samples(query);
                for (const SampleRow& row : page.rows)
                    found.push_back(row.id);
                query.after = page.next;
            } while (query.after);
            EXPECT_EQ(found, idsOf(expected)) << static_cast<int>(sort) << ascending;
            EXPECT_EQ(reader.sampleIds(query), idsOf(expected));
        }
}

TEST_F(SampleQueries, FilterByEverything)
{
    RunReader reader(run);
    auto expectFound = [&](const SampleQuery& query, const std::function<bool(const SampleRow&)>& matches) {
        std::vector<SampleRow> expected = all();
        std::erase_if(expected, [&](const SampleRow& row) { return !matches(row); });
        ASSERT_THAT(expected, testing::Not(IsEmpty())) << "a filter that finds nothing proves nothing";
        EXPECT_EQ(reader.sampleIds(query), idsOf(expected));
    };
    SampleQuery query;
    query.verdict = Verdict::Right;
    expectFound(query, [](const SampleRow& row) { return row.correct; });
    query.verdict = Verdict::Wrong;
    expectFound(query, [](const SampleRow& row) { return !row.correct && !row.ungraded; });
    query.verdict = Verdict::Ungraded;
    expectFound(query, [](const SampleRow& row) { return row.ungraded; });
    query = {};
    query.kind = SampleKind::Evaluation;
    expectFound(query, [](const SampleRow& row) { return row.kind == SampleKind::Evaluation; });
    query.firstGlobalStep = 1;
    expectFound(query, [](const SampleRow& row) { return row.kind == SampleKind::Evaluation && row.globalStep == 12; });
    query = {};
    query.firstGlobalStep = 3;
    query.lastGlobalStep = 5;
    expectFound(query, [](const SampleRow& row) { return row.globalStep >= 3 && row.globalStep <= 5; });
    query = {};
    query.set = "eval";
    expectFound(query, [](const SampleRow& row) { return row.set == "eval"; });
    query = {};
    query.problem = all()[4].problem;
    expectFound(query, [&](const SampleRow& row) { return row.problem == *query.problem; });
    query = {};
    query.stage = 1;
    EXPECT_THAT(reader.sampleIds(query), IsEmpty());
}

TEST_F(SampleQueries, ShowTheBeginningOfTexts)
{
    RunReader reader(run);
    SampleQuery query;
    query.limit = 1;
    query.previewBytes = 10;
    SampleRow row = reader.samples(query).rows.front();
    EXPECT_EQ(row.question, "Make 20 fr");
    EXPECT_EQ(row.completion, reader.sample(row.id)->sample.completion.substr(0, 10));
    query.previewBytes = 0;
    EXPECT_EQ(reader.samples(query).rows.front().completion, "");
}

TEST_F(SampleQueries, GiveTheWholeGroup)
{
    RunReader reader(run);
    std::vector<SampleDetail> group = reader.group(5);
    ASSERT_THAT(group, SizeIs(3));
    EXPECT_EQ(group[0].row.id, 4);
    EXPECT_EQ(group[2].row.id, 6);
    EXPECT_EQ(group[1].sample.prompt, group[0].sample.prompt);
    EXPECT_EQ(group[1].sample.promptIds, group[0].sample.promptIds);
    EXPECT_THAT(reader.group(10'000), IsEmpty());
    EXPECT_FALSE(reader.sample(0));
    EXPECT_THAT(reader.damage(), IsEmpty());
}

TEST_F(SampleQueries, CountHeldOutProblems)
{
    RunReader reader(run);
    std::int64_t record = reader.evaluations()[1].set.record;
    auto samples = exampleSamples(1012);
    std::vector<ProblemOutcome> outcomes = reader.outcomes(record);
    ASSERT_THAT(outcomes, SizeIs(2));
    std::map<std::uint64_t, int> correct;
    for (const Sample& sample : *samples)
        correct[sample.problem] += sample.correct;
    for (const ProblemOutcome& outcome : outcomes) {
        EXPECT_EQ(outcome.samples, 3);
        EXPECT_EQ(outcome.correct, correct.at(outcome.problem));
        EXPECT_EQ(outcome.meanLength, 7.0);
        EXPECT_EQ(outcome.question, reader.sample(outcome.firstSample)->sample.question);
    }
    EXPECT_LT(outcomes[0].problem, outcomes[1].problem);
}

TEST(SampleSearch, FindsWordsPhrasesAndChineseInsideRunsOfLetters)
{
    TemporaryFolder folder;
    auto samples = std::make_shared<std::vector<Sample>>(*exampleSamples(1));
    const char* texts[] = {"Wait, let me check: 48 / 4 = 12.", "等等，让我检查一下这个答案。", "no wait",
        "let it check me", "查检是反的 café", "naïve <b>tags</b> don't"};
    for (std::size_t i = 0; i < 6; ++i)
        samples->at(i).completion = texts[i];
    RunReader reader(writeRun(folder.path(), {started(), step(1, samples)}));
    auto search = [&](const std::string& words) {
        SampleQuery query;
        query.text = words;
        return reader.sampleIds(query);
    };
    EXPECT_THAT(search("wait"), ElementsAre(1, 3));
    EXPECT_THAT(search("WAIT 48"), ElementsAre(1));
    EXPECT_THAT(search("\"let me check\""), ElementsAre(1));
    EXPECT_THAT(search("let me check"), ElementsAre(1, 4));
    EXPECT_THAT(search("检查"), ElementsAre(2)); // two characters, in this order, without spaces around them
    EXPECT_THAT(search("让我检查"), ElementsAre(2));
    EXPECT_THAT(search("检"), ElementsAre(2, 5));
    EXPECT_THAT(search("wai*"), ElementsAre(1, 3));
    EXPECT_THAT(search("cafe"), ElementsAre(5));
    EXPECT_THAT(search("tags b"), ElementsAre(6));
    EXPECT_THAT(search("wait OR 48"), IsEmpty()); // "or" is a word
    EXPECT_THAT(search("\" ) ( * : ^ -"), IsEmpty());
    EXPECT_THAT(search("completion:wait"), IsEmpty());
    SampleQuery sorted;
    sorted.text = "wait";
    sorted.sort = SampleSort::Advantage;
    sorted.limit = 1;
    SamplePage page = reader.samples(sorted);
    sorted.after = page.next;
    EXPECT_EQ(page.rows.size() + reader.samples(sorted).rows.size(), 2U);
}

TEST(SampleSearch, FindsNothingThatWasAbandoned)
{
    TemporaryFolder folder;
    auto samples = std::make_shared<std::vector<Sample>>(*exampleSamples(1));
    samples->at(0).completion = "unrepeatable";
    RunReader reader(writeRun(folder.path(), {started(), step(1), step(2, samples), started(1), step(2)}));
    SampleQuery query;
    query.text = "unrepeatable";
    EXPECT_THAT(reader.sampleIds(query), IsEmpty());
}

TEST(SampleSearch, CanBeInterrupted)
{
    TemporaryFolder folder;
    RunReader reader(writeRun(folder.path(), {started(), step(1)}));
    reader.interrupt(); // nothing is under way: nothing happens
    EXPECT_THAT(reader.sampleIds({}), SizeIs(6));
}

} // namespace ahascope::store
