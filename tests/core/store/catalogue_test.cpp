#include "core/store/catalogue.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <unistd.h>

#include "core/problem.h"
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
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

namespace {

template <class Action>
StoreError::Kind kindOf(const Action& action)
{
    try {
        action();
    } catch (const StoreError& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return StoreError::Kind::Other;
}

template <class Action>
std::string messageOf(const Action& action)
{
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

} // namespace

TEST(Catalogue, NumbersRunsAndMakesTheirNamesUnique)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    OpenedRun first = catalogue.create(exampleNewRun("count down/1"));
    OpenedRun second = catalogue.create(exampleNewRun("count down/1"));
    EXPECT_EQ(first.number, 1);
    EXPECT_EQ(second.number, 2);
    EXPECT_EQ(second.name, "count down/1-2");
    EXPECT_EQ(second.lease.folder(), fs::absolute(folder.path()) / "runs" / "2-count-down-1-2");
    EXPECT_TRUE(fs::exists(second.lease.folder() / "run.db"));
}

TEST(Catalogue, NeverGivesANumberTwice)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    catalogue.create(exampleNewRun("a")).lease.release();
    catalogue.create(exampleNewRun("b")).lease.release();
    catalogue.remove(2);
    EXPECT_EQ(catalogue.create(exampleNewRun("c")).number, 3);
}

TEST(Catalogue, FindsRunsByNumberAndName)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    catalogue.create(exampleNewRun("countdown"));
    EXPECT_EQ(catalogue.find("1").name, "countdown");
    EXPECT_EQ(catalogue.find("countdown").number, 1);
    EXPECT_THAT(messageOf([&] { catalogue.find("countdwon"); }), HasSubstr("countdown"));
    EXPECT_THROW(catalogue.find("7"), InputError);
    EXPECT_THROW(catalogue.find("99999999999999999999"), InputError);
    EXPECT_THROW(catalogue.find(""), InputError);
}

TEST(Catalogue, ShowsFiguresOfARun)
{
    TemporaryFolder folder;
    writeRun(folder.path(),
        {started(), stageStarted(50), evaluation(0, 0.2), step(1), step(2), evaluation(2, 0.9), step(3),
            evaluation(3, 0.7), finished()});
    Catalogue catalogue(folder.path());
    for (int look = 0; look < 2; ++look) { // read from the run, then from the catalogue
        RunEntry entry = catalogue.entry(1);
        EXPECT_EQ(entry.state, RunState::Finished);
        EXPECT_EQ(entry.figures.stage, "reasoning");
        EXPECT_EQ(entry.figures.globalStep, 3);
        EXPECT_EQ(entry.figures.totalSteps, 50);
        EXPECT_EQ(entry.figures.evalFirst, 0.2);
        EXPECT_EQ(entry.figures.evalLast, 0.7);
        EXPECT_EQ(entry.figures.evalBest, 0.9);
        EXPECT_EQ(entry.figures.evalLengthLast, 40.0);
        EXPECT_EQ(entry.figures.reward, 0.03);
        EXPECT_FALSE(entry.figures.evalReflectionsFirst);
        EXPECT_GT(entry.bytes, 0U);
        EXPECT_EQ(entry.damage, "");
    }
}

// The last change of a run may fall into the clock tick in which it was looked at, and leave its file as long as it
// was.
TEST(Catalogue, CallsNoRunInterruptedByWhatItRemembers)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    {
        RunWriter writer(catalogue.create(exampleNewRun()).lease);
        writer.post(started());
        writer.post({{}, pipeline::RunFinished{pipeline::Outcome::Stopped, {}}});
    }
    for (int look = 0; look < 2; ++look) // the first may tidy the run's log away
        ASSERT_EQ(catalogue.entry(1).state, RunState::Stopped);
    Database(folder.path() / "ahascope.db", Access::Write)
        .execute("UPDATE runs SET state = " + std::to_string(static_cast<int>(RunState::Running)));
    EXPECT_EQ(catalogue.entry(1).state, RunState::Stopped);
}

TEST(Catalogue, TellsARunningRunFromAnInterruptedOne)
{
    TemporaryFolder folder;
    ChildProcess child([&](const Acknowledge& acknowledge) {
        OpenedRun run = Catalogue(folder.path()).create(exampleNewRun());
        RunWriter writer(std::move(run.lease));
        writer.post(started());
        writer.post(step(1));
        writer.flush();
        acknowledge(1);
        ::pause();
        return 0;
    });
    std::int64_t number = 0;
    ASSERT_TRUE(child.next(number));
    Catalogue catalogue(folder.path());
    EXPECT_EQ(catalogue.entry(1).state, RunState::Running);
    EXPECT_EQ(kindOf([&] { catalogue.open(1); }), StoreError::Kind::InUse);
    EXPECT_EQ(kindOf([&] { catalogue.remove(1); }), StoreError::Kind::InUse);
    child.kill();
    EXPECT_EQ(catalogue.entry(1).state, RunState::Interrupted);
    EXPECT_EQ(catalogue.list().front().state, RunState::Interrupted);
    EXPECT_EQ(catalogue.open(1).number, 1);
}

TEST(Catalogue, KeepsNotesTagsAndRating)
{
    TemporaryFolder folder;
    {
        Catalogue catalogue(folder.path());
        catalogue.create(exampleNewRun());
        catalogue.setNotes(1, "the aha moment\nis at step 80");
        catalogue.setTags(1, {"demo", "two\nlines", ""});
        catalogue.setRating(1, 4);
        EXPECT_THROW(catalogue.setRating(1, 6), InputError);
        EXPECT_THROW(catalogue.setNotes(2, ""), InputError);
    }
    RunEntry entry = Catalogue(folder.path()).entry(1);
    EXPECT_EQ(entry.notes, "the aha moment\nis at step 80");
    EXPECT_THAT(entry.tags, ElementsAre("demo", "two lines"));
    EXPECT_EQ(entry.rating, 4);
}

TEST(Catalogue, RenamesARunAndItsFolder)
{
    TemporaryFolder folder;
    writeRun(folder.path(), {started(), step(1), finished()});
    Catalogue catalogue(folder.path());
    catalogue.create(exampleNewRun("taken"));
    EXPECT_THROW(catalogue.rename(1, "taken"), InputError);
    EXPECT_THROW(catalogue.rename(1, "12"), InputError);
    EXPECT_THROW(catalogue.rename(1, ""), InputError);
    EXPECT_THROW(catalogue.rename(1, "a\nb"), InputError);
    catalogue.rename(1, "better name");
    RunEntry entry = catalogue.find("better name");
    EXPECT_EQ(entry.folder.filename(), "1-better-name");
    EXPECT_EQ(RunReader(entry.folder).info().name, "better name");
    EXPECT_THAT(RunReader(entry.folder).verify(), IsEmpty());
    EXPECT_THAT(catalogue.list(), SizeIs(2));
}

TEST(Catalogue, LeavesTheFolderOfARunningRunInPlace)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    OpenedRun run = catalogue.create(exampleNewRun("old"));
    catalogue.rename(1, "new");
    EXPECT_EQ(catalogue.find("new").folder, run.lease.folder());
}

TEST(Catalogue, DeletesToNothing)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1)});
    fs::create_directories(run / "checkpoints" / "step-1");
    writeFile(run / "checkpoints" / "step-1" / "model.safetensors", "x");
    Catalogue catalogue(folder.path());
    catalogue.remove(1);
    EXPECT_THAT(catalogue.list(), IsEmpty());
    EXPECT_TRUE(fs::is_empty(folder.path() / "runs"));
    EXPECT_THROW(catalogue.remove(1), InputError);
}

TEST(Catalogue, RefusesToDeleteAFolderThatIsNotARun)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started()});
    fs::path elsewhere = folder.path() / "photographs";
    fs::create_directory(elsewhere);
    writeFile(elsewhere / "cat.jpg", "miaow");
    Catalogue catalogue(folder.path());

    fs::rename(run, folder.path() / "kept");
    fs::create_directory_symlink(elsewhere, run);
    EXPECT_EQ(kindOf([&] { catalogue.remove(1); }), StoreError::Kind::Corrupt);
    fs::remove(run);
    fs::create_directory(run);
    writeFile(run / "letter.txt", "dear");
    EXPECT_EQ(kindOf([&] { catalogue.remove(1); }), StoreError::Kind::Corrupt);
    writeFile(run / "run.db",
        "SQLite format 3 of somebody else, longer than the header that is looked at here, so that "
        "the id is what counts");
    EXPECT_EQ(kindOf([&] { catalogue.remove(1); }), StoreError::Kind::Corrupt);
    EXPECT_TRUE(fs::exists(elsewhere / "cat.jpg"));
    EXPECT_TRUE(fs::exists(run / "letter.txt"));
}

TEST(Catalogue, DoesNotFollowLinksOutOfARunThatItDeletes)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started()});
    writeFile(folder.path() / "precious", "x");
    fs::create_directory(folder.path() / "models");
    writeFile(folder.path() / "models" / "base", "x");
    fs::create_symlink(folder.path() / "precious", run / "link");
    fs::create_directory_symlink(folder.path() / "models", run / "checkpoints");
    Catalogue(folder.path()).remove(1);
    EXPECT_TRUE(fs::exists(folder.path() / "precious"));
    EXPECT_TRUE(fs::exists(folder.path() / "models" / "base"));
}

TEST(Catalogue, FinishesADeletionThatWasCutShort)
{
    TemporaryFolder folder;
    {
        Catalogue catalogue(folder.path());
    }
    fs::create_directory(folder.path() / "runs" / ".deleted-4-x");
    Catalogue catalogue(folder.path());
    EXPECT_TRUE(fs::is_empty(folder.path() / "runs"));
}

TEST(Catalogue, ShowsARunThatWasCopiedIn)
{
    TemporaryFolder from;
    TemporaryFolder to;
    fs::path run = writeRun(from.path(), {started(), step(1), finished()});
    Catalogue catalogue(to.path());
    catalogue.create(exampleNewRun("mine")).lease.release();
    fs::copy(run, to.path() / "runs" / "1-r1-zero", fs::copy_options::recursive);
    fs::create_directory(to.path() / "runs" / "no-run");
    std::vector<RunEntry> runs = catalogue.list();
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_EQ(runs[1].number, 2);
    EXPECT_EQ(runs[1].name, "r1-zero");
    EXPECT_EQ(runs[1].state, RunState::Finished);
    EXPECT_EQ(runs[1].folder.filename(), "1-r1-zero");
    EXPECT_EQ(catalogue.create(exampleNewRun("next")).number, 3);
}

TEST(Catalogue, RecognisesAFolderThatWasRenamed)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), finished()});
    Catalogue catalogue(folder.path());
    catalogue.setNotes(1, "kept");
    ASSERT_THAT(catalogue.list(), SizeIs(1));
    fs::rename(run, run.parent_path() / "by-hand");
    std::vector<RunEntry> runs = catalogue.list();
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].notes, "kept");
    EXPECT_EQ(runs[0].folder.filename(), "by-hand");
}

TEST(Catalogue, ListsADamagedRunBesideTheOthers)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1)});
    writeRun(folder.path(), {started(), step(1), finished()});
    std::string bytes = ahascope::test::contentsOf(run / "run.db");
    std::fill(bytes.begin() + 4096, bytes.end(), '\x5a');
    writeFile(run / "run.db", bytes);
    std::vector<RunEntry> runs = Catalogue(folder.path()).list();
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_THAT(runs[0].damage, HasSubstr("run.db"));
    EXPECT_EQ(runs[1].damage, "");
    EXPECT_EQ(runs[1].state, RunState::Finished);
}

TEST(Catalogue, KnowsWhereAForkComesFrom)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    catalogue.create(exampleNewRun("parent")).lease.release();
    NewRun child = exampleNewRun("child");
    child.parent = 1;
    child.parentStep = 40;
    OpenedRun run = catalogue.create(child);
    std::string uid = catalogue.entry(1).uid;
    EXPECT_EQ(catalogue.entry(2).parent, (Lineage{1, uid, "parent", 40}));
    EXPECT_EQ(RunReader(run.lease.folder()).info().parent, (Lineage{0, uid, "parent", 40}));
    run.lease.release();
    catalogue.remove(1);
    EXPECT_EQ(catalogue.entry(2).parent, (Lineage{0, uid, "parent", 40}));
}

TEST(Catalogue, QueuesExperiments)
{
    TemporaryFolder folder;
    Catalogue catalogue(folder.path());
    std::int64_t a = catalogue.enqueue("a", "name = \"a\"");
    std::int64_t b = catalogue.enqueue("b", "name = \"b\"", "cuda");
    std::int64_t c = catalogue.enqueue("c", "name = \"c\"");
    catalogue.moveInQueue(c, 0);
    catalogue.moveInQueue(a, 99);
    auto titles = [&] {
        std::string text;
        for (const QueueEntry& entry : catalogue.queue())
            text += entry.title;
        return text;
    };
    EXPECT_EQ(titles(), "cba");
    EXPECT_EQ(catalogue.queue()[1].device, "cuda");
    catalogue.dequeue(b);
    EXPECT_EQ(titles(), "ca");
    EXPECT_THROW(catalogue.moveInQueue(b, 0), InputError);
    EXPECT_EQ(Catalogue(folder.path()).queue().front().experiment, "name = \"c\"");
}

TEST(Catalogue, IsSharedByPrograms)
{
    TemporaryFolder folder;
    constexpr int runsEach = 5;
    auto work = [&](const Acknowledge&) {
        for (int i = 0; i < runsEach; ++i) {
            Catalogue catalogue(folder.path());
            std::int64_t number = catalogue.create(exampleNewRun("same")).number;
            catalogue.setNotes(number, "n");
            catalogue.list();
        }
        return 0;
    };
    ChildProcess first(work);
    ChildProcess second(work);
    ChildProcess third(work);
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(second.wait(), 0);
    EXPECT_EQ(third.wait(), 0);
    std::vector<RunEntry> runs = Catalogue(folder.path()).list();
    EXPECT_THAT(runs, SizeIs(3 * runsEach));
    for (const RunEntry& run : runs)
        EXPECT_EQ(run.notes, "n");
}

TEST(Catalogue, ReadsAStoreThatItMayNotWrite)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root, to become another user";
    TemporaryFolder folder;
    writeRun(folder.path(), {started(), step(1), finished()});
    fs::permissions(folder.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    ChildProcess child([&](const Acknowledge&) {
        constexpr int nobody = 65534;
        if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0)
            return 1;
        Catalogue catalogue(folder.path());
        if (!catalogue.readOnly() || catalogue.list().front().figures.globalStep != 1)
            return 2;
        RunReader reader(catalogue.find("1").folder);
        if (reader.sampleIds({}).size() != 6 || !reader.verify().empty())
            return 3;
        return kindOf([&] { catalogue.create(exampleNewRun()); }) == StoreError::Kind::ReadOnly
                && kindOf([&] { catalogue.open(1); }) == StoreError::Kind::ReadOnly
                && kindOf([&] { catalogue.remove(1); }) == StoreError::Kind::ReadOnly
            ? 0
            : 4;
    });
    EXPECT_EQ(child.wait(), 0);
}

TEST(Catalogue, SaysThatAStoreCannotBeMade)
{
    TemporaryFolder folder;
    writeFile(folder.path() / "file", "x");
    std::string what = messageOf([&] { Catalogue catalogue(folder.path() / "file" / "store"); });
    EXPECT_THAT(what, HasSubstr("store"));
}

} // namespace ahascope::store
