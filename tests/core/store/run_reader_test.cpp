#include "core/store/run_reader.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>

#include "core/store/half.h"
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

std::vector<float> halved(std::vector<float> values)
{
    for (float& value : values)
        value = toFloat(toHalf(value));
    return values;
}

void expectSame(const Sample& stored, const Sample& written, const std::vector<std::int32_t>& promptIds)
{
    EXPECT_EQ(stored.row, written.row);
    EXPECT_EQ(stored.problem, written.problem);
    EXPECT_EQ(stored.group, written.group);
    EXPECT_EQ(stored.index, written.index);
    EXPECT_EQ(stored.question, written.question);
    EXPECT_EQ(stored.answer, written.answer);
    EXPECT_EQ(stored.columns, written.columns);
    EXPECT_EQ(stored.prompt, written.prompt);
    EXPECT_EQ(stored.completion, written.completion);
    EXPECT_EQ(stored.promptIds, promptIds);
    EXPECT_EQ(stored.ids, written.ids);
    EXPECT_EQ(stored.logProbs, halved(written.logProbs));
    EXPECT_EQ(stored.entropies, halved(written.entropies));
    EXPECT_EQ(stored.key, written.key);
    EXPECT_EQ(stored.finish, written.finish);
    EXPECT_EQ(stored.reward, written.reward);
    EXPECT_EQ(stored.advantage, written.advantage);
    EXPECT_EQ(stored.correct, written.correct);
    EXPECT_EQ(stored.correctLenient, written.correctLenient);
    EXPECT_EQ(stored.wellFormed, written.wellFormed);
    EXPECT_EQ(stored.extracted, written.extracted);
    EXPECT_EQ(stored.emptyThink, written.emptyThink);
    EXPECT_EQ(stored.ungraded, written.ungraded);
    EXPECT_EQ(stored.rescued, written.rescued);
    EXPECT_EQ(stored.reflections, written.reflections);
    EXPECT_EQ(stored.mixed, written.mixed);
    EXPECT_EQ(stored.mixing, written.mixing);
    EXPECT_EQ(stored.targetRatio, written.targetRatio);
    EXPECT_EQ(stored.repetition, written.repetition);
    ASSERT_EQ(stored.scores.size(), written.scores.size());
    for (std::size_t i = 0; i < stored.scores.size(); ++i) {
        EXPECT_EQ(stored.scores[i].rule, written.scores[i].rule);
        EXPECT_EQ(stored.scores[i].score, written.scores[i].score);
        EXPECT_EQ(stored.scores[i].weight, written.scores[i].weight);
        EXPECT_EQ(stored.scores[i].status, written.scores[i].status);
        EXPECT_EQ(stored.scores[i].reason, written.scores[i].reason);
    }
}

std::vector<double> values(const std::vector<MetricPoint>& points)
{
    std::vector<double> out;
    for (const MetricPoint& point : points)
        out.push_back(point.value);
    return out;
}

} // namespace

TEST(RunReader, GivesBackEveryFieldOfEverySample)
{
    TemporaryFolder folder;
    pipeline::Samples written = exampleSamples(7, {4, 5, 30});
    RunReader reader(writeRun(folder.path(), {started(), stageStarted(), step(1, written)}));
    std::vector<std::int64_t> ids = reader.sampleIds({});
    ASSERT_EQ(ids.size(), written->size());
    std::vector<std::int32_t> promptIds;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const Sample& sample = (*written)[i];
        if (!sample.promptIds.empty())
            promptIds = sample.promptIds;
        auto detail = reader.sample(ids[i]);
        ASSERT_TRUE(detail);
        expectSame(detail->sample, sample, promptIds);
        EXPECT_EQ(detail->row.length, 30);
        EXPECT_EQ(detail->row.reward, sample.reward);
        EXPECT_EQ(detail->row.cutOff, sample.finish == pipeline::FinishReason::Length);
        EXPECT_EQ(detail->row.globalStep, 1);
    }
    EXPECT_THAT(reader.verify(), IsEmpty());
    EXPECT_THAT(reader.damage(), IsEmpty());
}

TEST(RunReader, TellsWhatTheRunWasMadeFrom)
{
    TemporaryFolder folder;
    RunReader reader(writeRun(folder.path(), {started(), stageStarted(40), step(1), finished()}));
    RunInfo info = reader.info();
    EXPECT_EQ(info.description, exampleNewRun().description);
    EXPECT_EQ(info.name, "r1-zero");
    EXPECT_EQ(info.uid.size(), 32U);
    EXPECT_EQ(info.state, RunState::Finished);
    EXPECT_EQ(info.device, "cpu");
    EXPECT_EQ(info.attempts, 1);
    std::vector<StageInfo> stages = reader.stages();
    ASSERT_THAT(stages, SizeIs(1));
    EXPECT_EQ(stages[0].name, "reasoning");
    EXPECT_EQ(stages[0].steps, 40);
}

TEST(RunReader, GivesCurvesAndWhatIsNewInThem)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    OpenedRun run = catalogue.create(exampleNewRun());
    RunReader reader(run.lease.folder());
    RunWriter writer(std::move(run.lease));
    writer.post(started());
    writer.post(evaluation(0, 0.125));
    writer.post(step(1));
    writer.flush();
    MetricSeries first = reader.metrics({"reward", "eval/pass@1", "unknown"});
    EXPECT_THAT(values(first.points[0]), ElementsAre(0.01));
    EXPECT_THAT(values(first.points[1]), ElementsAre(0.125));
    EXPECT_THAT(first.points[2], IsEmpty());
    writer.post(step(2));
    writer.flush();
    MetricSeries second = reader.metrics({"reward"}, first.next);
    EXPECT_FALSE(second.restarted);
    EXPECT_THAT(second.points[0], ElementsAre(MetricPoint{2, 1.0, 0.02}));
    EXPECT_EQ(reader.metrics({"reward"}, second.next).points[0].size(), 0U);
    EXPECT_THAT(reader.metricNames(),
        ElementsAre("eval/pass@1", "eval/mean_length", "reward", "accuracy", "completions/mean_length"));
}

TEST(RunReader, ShowsTheLiveAttemptOnly)
{
    TemporaryFolder folder;
    RunReader reader(writeRun(folder.path(),
        {started(), evaluation(0, 0.1), step(1), step(2), checkpoint(2), step(3), step(4), checkpoint(4), started(2),
            step(3, exampleSamples(33), 0.5)}));
    MetricSeries series = reader.metrics({"reward"});
    EXPECT_THAT(values(series.points[0]), ElementsAre(0.01, 0.02, 0.5));
    SampleQuery atStep3;
    atStep3.firstGlobalStep = atStep3.lastGlobalStep = 3;
    std::vector<std::int64_t> ids = reader.sampleIds(atStep3);
    ASSERT_THAT(ids, SizeIs(6));
    EXPECT_EQ(reader.sample(ids[0])->sample.row, 3300);
    std::vector<CheckpointInfo> checkpoints = reader.checkpoints();
    ASSERT_THAT(checkpoints, SizeIs(1));
    EXPECT_EQ(checkpoints[0].path, "checkpoints/step-2");
    EXPECT_EQ(reader.info().attempts, 2);
    EXPECT_THAT(reader.verify(), IsEmpty());
}

TEST(RunReader, StartsCurvesAgainAfterAResume)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    OpenedRun run = catalogue.create(exampleNewRun());
    RunReader reader(run.lease.folder());
    RunWriter writer(std::move(run.lease));
    for (const auto& event : {started(), step(1), step(2)})
        writer.post(event);
    writer.flush();
    MetricCursor seen = reader.metrics({"reward"}).next;
    for (const auto& event : {started(1), step(2, nullptr, 0.75)})
        writer.post(event);
    writer.flush();
    MetricSeries series = reader.metrics({"reward"}, seen);
    EXPECT_TRUE(series.restarted);
    EXPECT_THAT(values(series.points[0]), ElementsAre(0.01, 0.75));
}

TEST(RunReader, CountsARepeatedEvaluationOnce)
{
    TemporaryFolder folder;
    RunReader reader(writeRun(folder.path(),
        {started(), step(1), checkpoint(1), evaluation(1, 0.25), step(2), started(1), evaluation(1, 0.25), step(2)}));
    EXPECT_THAT(reader.evaluations(), SizeIs(1));
    EXPECT_THAT(values(reader.metrics({"eval/pass@1"}).points[0]), ElementsAre(0.25));
}

TEST(RunReader, FindsTheRolloutThatAStepUsed)
{
    TemporaryFolder folder;
    RunReader reader(
        writeRun(folder.path(), {started(), evaluation(0, 0.1), step(1), step(2, nullptr), step(3), step(4, nullptr)}));
    EXPECT_EQ(reader.sampleSetAt(SampleKind::Rollout, 2)->globalStep, 1);
    EXPECT_EQ(reader.sampleSetAt(SampleKind::Rollout, 4)->globalStep, 3);
    EXPECT_EQ(reader.sampleSetAt(SampleKind::Evaluation, 4)->globalStep, 0);
    EXPECT_FALSE(reader.sampleSetAt(SampleKind::Rollout, 0));
}

TEST(RunReader, KeepsUndecodableTextAsItIs)
{
    TemporaryFolder folder;
    auto samples = std::make_shared<std::vector<Sample>>(*exampleSamples(1));
    samples->at(0).completion = std::string("a\0b\xff\xc3", 5);
    RunReader reader(writeRun(folder.path(), {started(), step(1, samples)}));
    EXPECT_EQ(reader.sample(1)->sample.completion, samples->at(0).completion);
}

TEST(RunReader, SaysWhenThereIsNoRun)
{
    TemporaryFolder folder;
    try {
        RunReader reader(folder.path());
        FAIL();
    } catch (const StoreError& error) {
        EXPECT_EQ(error.kind(), StoreError::Kind::Missing);
    }
}

} // namespace ahascope::store
