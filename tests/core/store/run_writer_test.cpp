#include "core/store/run_writer.h"

#include <atomic>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "core/store/catalogue.h"
#include "core/store/run_reader.h"
#include "core/store/sqlite.h"
#include "core/store/store_error.h"
#include "tests/core/store/example_run.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::store {

using namespace test;
using ahascope::test::Acknowledge;
using ahascope::test::ChildProcess;
using ahascope::test::TemporaryFolder;
using ahascope::test::writeFile;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

TEST(RunWriter, StoresAStepBeforeItsCheckpoint)
{
    TemporaryFolder folder;
    OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
    RunReader reader(run.lease.folder());
    RunWriter writer(std::move(run.lease));
    writer.post(started());
    std::atomic<bool> done = false;
    std::thread poster([&] {
        for (int i = 1; i <= 20; ++i) {
            writer.post(step(i));
            writer.post(checkpoint(i));
        }
        writer.flush();
        done = true;
    });
    bool ordered = true;
    while (!done) {
        std::vector<CheckpointInfo> checkpoints = reader.checkpoints();
        auto last = reader.lastRecord(); // read later: may be further, never less
        if (!checkpoints.empty())
            ordered = ordered && last && last->globalStep >= checkpoints.back().globalStep;
    }
    poster.join();
    EXPECT_TRUE(ordered);
    EXPECT_THAT(reader.checkpoints(), SizeIs(20));
    EXPECT_THAT(reader.verify(), IsEmpty());
}

TEST(RunWriter, GoesOnWhereAnEarlierWriterEnded)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), stageStarted(), step(1), step(2), checkpoint(2)});
    for (std::int64_t attempt = 2; attempt <= 4; ++attempt) {
        RunWriter writer{Lease(run)};
        writer.post(started(2));
        writer.post(step(3));
        writer.close();
    }
    RunReader reader(run);
    EXPECT_EQ(reader.info().attempts, 4);
    EXPECT_THAT(reader.metrics({"reward"}).points[0], SizeIs(3));
    EXPECT_THAT(reader.sampleIds({}), SizeIs(18));
    EXPECT_THAT(reader.verify(), IsEmpty());
}

TEST(RunWriter, AbandonsEverythingWhenItStartsAfresh)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), evaluation(0, 0.5), step(1), checkpoint(1)});
    RunWriter writer{Lease(run)};
    writer.post(started(-1));
    writer.close();
    RunReader reader(run);
    EXPECT_THAT(reader.sampleIds({}), IsEmpty());
    EXPECT_THAT(reader.evaluations(), IsEmpty());
    EXPECT_THAT(reader.checkpoints(), IsEmpty());
}

TEST(RunWriter, RemembersAFailure)
{
    TemporaryFolder folder;
    pipeline::RunFinished end{pipeline::Outcome::Failed, Failure{"out of memory", "3.1 GiB needed"}};
    RunReader reader(writeRun(folder.path(), {started(), step(1), {at(1), end}}));
    EXPECT_EQ(reader.info().state, RunState::Failed);
    EXPECT_EQ(reader.info().failure, end.failure);
    EXPECT_EQ(reader.log().back().text, "Failed: out of memory");
    EXPECT_TRUE(reader.log().back().warning);
}

TEST(RunWriter, TakesCheckpointsOutOfTheList)
{
    TemporaryFolder folder;
    OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
    RunReader reader(run.lease.folder());
    RunWriter writer(std::move(run.lease));
    for (const auto& event : {started(), step(1), checkpoint(1), step(2), checkpoint(2)})
        writer.post(event);
    writer.flush();
    DataVersion before = reader.version();
    writer.removeCheckpoint("checkpoints/step-1");
    writer.flush();
    EXPECT_NE(reader.version(), before);
    ASSERT_THAT(reader.checkpoints(), SizeIs(1));
    EXPECT_EQ(reader.checkpoints()[0].globalStep, 2);
}

TEST(RunWriter, TellsPauses)
{
    TemporaryFolder folder;
    OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
    RunReader reader(run.lease.folder());
    EXPECT_EQ(reader.info().state, RunState::Queued);
    RunWriter writer(std::move(run.lease));
    writer.post(started());
    writer.post({at(1), pipeline::RunPaused{}});
    writer.flush();
    EXPECT_EQ(reader.version().state, RunState::Paused);
    writer.post({at(1), pipeline::RunContinued{}});
    writer.flush();
    EXPECT_EQ(reader.version().state, RunState::Running);
}

TEST(RunWriter, SurfacesAnErrorAtTheNextPost)
{
    TemporaryFolder folder;
    OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
    fs::path file = run.lease.folder() / "run.db";
    RunWriter writer(std::move(run.lease));
    writer.post(started());
    writer.flush();
    {
        // A table is gone, as after damage: not an error that waiting would mend.
        Database database(file, Access::Write);
        database.execute("DROP TABLE checkpoints");
    }
    writer.post(checkpoint(1));
    EXPECT_THROW(writer.flush(), StoreError);
    EXPECT_THROW(writer.post(step(2)), StoreError);
    EXPECT_THROW(writer.close(), StoreError);
}

TEST(RunWriter, RefusesStepsBeforeTheStart)
{
    TemporaryFolder folder;
    OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
    RunWriter writer(std::move(run.lease));
    writer.post(step(1));
    EXPECT_THROW(writer.flush(), std::logic_error);
}

TEST(RunWriter, RefusesARunWhoseLastRowsAreGone)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1), step(2)});
    {
        Database database(run / "run.db", Access::Write);
        database.execute("PRAGMA foreign_keys=OFF; DELETE FROM records WHERE id = 2");
    }
    EXPECT_THROW(RunWriter{Lease(run)}, StoreError);
    EXPECT_THAT(RunReader(run).verify(), testing::Not(IsEmpty()));
}

TEST(RunWriter, NumbersThatAreNoNumbersDoNotEndTheRun)
{
    TemporaryFolder folder;
    auto samples = std::make_shared<std::vector<pipeline::Sample>>(*exampleSamples(1));
    samples->at(0).reward = NAN;
    samples->at(0).advantage = INFINITY;
    samples->at(0).mixing = NAN;
    RunReader reader(writeRun(folder.path(), {started(), step(1, samples, NAN)}));
    SampleDetail detail = *reader.sample(1);
    EXPECT_FALSE(detail.row.reward);
    EXPECT_TRUE(std::isnan(*detail.sample.reward));
    EXPECT_EQ(detail.sample.advantage, INFINITY);
    EXPECT_TRUE(std::isnan(reader.metrics({"reward"}).points[0][0].value));
    EXPECT_THAT(reader.verify(), IsEmpty());
}

TEST(RunWriter, IsReadWhileItWrites)
{
    TemporaryFolder folder;
    OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
    fs::path runFolder = run.lease.folder();
    RunWriter writer(std::move(run.lease));
    writer.post(started());
    writer.flush();
    constexpr std::int64_t steps = 60;
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    auto read = [&] {
        RunReader reader(runFolder);
        MetricCursor cursor;
        std::int64_t seen = 0;
        for (bool last = false; !last;) {
            last = done;
            MetricSeries series = reader.metrics({"reward"}, cursor);
            cursor = series.next;
            for (const MetricPoint& point : series.points[0])
                wrong += point.globalStep != ++seen; // no gap, nothing twice
            SampleQuery newest;
            newest.ascending = false;
            newest.limit = 5;
            for (const SampleRow& row : reader.samples(newest).rows)
                wrong += reader.group(row.id).size() != 3;
        }
        wrong += seen != steps;
        wrong += !reader.damage().empty();
    };
    std::thread first(read);
    std::thread second(read);
    for (std::int64_t i = 1; i <= steps; ++i)
        writer.post(step(i));
    writer.flush();
    done = true;
    first.join();
    second.join();
    EXPECT_EQ(wrong, 0);
}

// ---- Kills

TEST(RunWriter, LosesNoAcknowledgedStepWhenItIsKilled)
{
    constexpr int kills = 50;
    std::mt19937 random(20);
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1)});
    std::int64_t acknowledged = 1;
    int lost = 0;
    for (int kill = 0; kill < kills; ++kill) {
        // Every round resumes from what is there and is killed a random time after a random number of steps.
        auto stepsToLive = static_cast<std::int64_t>(random() % 4);
        auto microseconds = static_cast<useconds_t>(random() % 20'000);
        std::int64_t from = acknowledged;
        ChildProcess child([&](const Acknowledge& acknowledge) {
            RunWriter writer{Lease(run)};
            writer.post(started(from));
            for (std::int64_t i = from + 1;; ++i) {
                writer.post(step(i));
                writer.flush();
                acknowledge(i);
            }
            return 0;
        });
        std::int64_t number = 0;
        for (std::int64_t i = 0; i < stepsToLive && child.next(number); ++i)
            acknowledged = number;
        ::usleep(microseconds);
        child.kill();
        while (child.next(number))
            acknowledged = number;
        RunReader reader(run);
        MetricSeries series = reader.metrics({"reward"});
        // At most one step may be there that was not acknowledged any more.
        auto present = static_cast<std::int64_t>(series.points[0].size());
        lost += present < acknowledged || present > acknowledged + 1;
        if (kill % 10 == 9)
            lost += !reader.verify().empty();
    }
    EXPECT_EQ(lost, 0);
    EXPECT_GT(acknowledged, kills / 2);
    EXPECT_THAT(RunReader(run).verify(), IsEmpty());
    RecordProperty("acknowledged_steps", static_cast<int>(acknowledged));
}

// ---- Full disks

namespace {

// Writes steps into a file system of limited size until it is full, makes space, and lets it finish.
void fillAndMakeSpace(const fs::path& store, const std::function<void()>& makeSpace)
{
    OpenedRun run = Catalogue(store).create(exampleNewRun());
    fs::path runFolder = run.lease.folder();
    std::vector<std::string> notices;
    WriterOptions options;
    options.retryEvery = std::chrono::milliseconds(5);
    options.onNotice = [&](const pipeline::Notice& notice) {
        notices.push_back(notice.text);
        if (notice.level == pipeline::Notice::Level::Warning)
            makeSpace();
    };
    RunWriter writer(std::move(run.lease), options);
    writer.post(started());
    std::int64_t last = 0;
    while (notices.size() < 2 && last < 5000) {
        ++last;
        writer.post(step(last, exampleSamples(static_cast<std::uint64_t>(last), {4, 4, 60})));
    }
    writer.post(step(++last));
    writer.close();
    ASSERT_THAT(notices, SizeIs(2));
    EXPECT_THAT(notices[0], HasSubstr("waits for space"));
    EXPECT_THAT(notices[1], HasSubstr("goes on"));
    RunReader reader(runFolder);
    EXPECT_THAT(reader.metrics({"reward"}).points[0], SizeIs(last));
    EXPECT_THAT(reader.verify(), IsEmpty());
}

} // namespace

TEST(RunWriter, WaitsWhileTheDiskIsFull)
{
    TemporaryFolder folder;
    if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=3m") != 0)
        GTEST_SKIP() << "needs the right to mount a file system of 3 MB";
    writeFile(folder.path() / "ballast", std::string(1 << 20, 'x'));
    fillAndMakeSpace(folder.path(), [&] {
        fs::remove(folder.path() / "ballast");
        ::mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m");
    });
    ::umount2(folder.path().c_str(), MNT_DETACH);
}

TEST(RunWriter, WaitsAtALimitOfFileSize)
{
    TemporaryFolder folder;
    ChildProcess child([&](const Acknowledge&) {
        ::signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 1 << 20;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        fillAndMakeSpace(folder.path(), [&] {
            limit.rlim_cur = limit.rlim_max;
            ::setrlimit(RLIMIT_FSIZE, &limit);
        });
        return ::testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(child.wait(), 0);
}

TEST(RunWriter, StopsWaitingForSpaceWhenAsked)
{
    TemporaryFolder folder;
    ChildProcess child([&](const Acknowledge&) {
        OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
        ::signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 400 << 10;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        std::atomic<bool> stop = false;
        WriterOptions options;
        options.retryEvery = std::chrono::milliseconds(5);
        options.stopRequested = [&] { return stop.load(); };
        options.onNotice = [&](const pipeline::Notice&) { stop = true; };
        RunWriter writer(std::move(run.lease), options);
        writer.post(started());
        try {
            for (std::int64_t i = 1; i < 5000; ++i)
                writer.post(step(i, exampleSamples(static_cast<std::uint64_t>(i), {4, 4, 60})));
        } catch (const StoreError& error) {
            return error.kind() == StoreError::Kind::DiskFull ? 0 : 2;
        }
        return 3;
    });
    EXPECT_EQ(child.wait(), 0);
    RunReader reader(Catalogue(folder.path()).find("1").folder);
    EXPECT_EQ(reader.info().state, RunState::Interrupted);
    EXPECT_THAT(reader.verify(), IsEmpty());
}

} // namespace ahascope::store
