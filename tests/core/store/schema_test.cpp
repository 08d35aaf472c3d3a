#include "core/store/schema.h"

#include <gmock/gmock.h>

#include "core/store/catalogue.h"
#include "core/store/run_reader.h"
#include "core/store/run_writer.h"
#include "core/store/store_error.h"
#include "tests/core/store/example_run.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::store {

using namespace test;
using ahascope::test::Acknowledge;
using ahascope::test::ChildProcess;
using ahascope::test::contentsOf;
using ahascope::test::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

namespace {

// A run as version 1 left it: 3 steps of 6 samples, the third made twice, one evaluation, one checkpoint.
void makeVersion1(const fs::path& folder)
{
    Database database(folder / "run.db", Access::Create);
    database.execute(
        "BEGIN;" + contentsOf(fs::path(AHASCOPE_SOURCE_DIR) / "tests/core/store/run_version_1.sql") + "COMMIT;");
}

std::int64_t versionOf(const fs::path& file)
{
    Database database(file, Access::Read);
    return database.integer("PRAGMA user_version");
}

void expectVersion1sData(RunReader& reader)
{
    EXPECT_EQ(reader.info().description, exampleNewRun().description);
    EXPECT_EQ(reader.info().state, RunState::Finished);
    EXPECT_THAT(reader.sampleIds({}), SizeIs(24));
    EXPECT_THAT(reader.metrics({"reward"}).points[0], SizeIs(3));
    EXPECT_EQ(reader.metrics({"reward"}).points[0].back().value, 0.5);
    EXPECT_THAT(reader.checkpoints(), SizeIs(1));
    auto written = exampleSamples(33);
    std::optional<SampleDetail> last = reader.sample(reader.sampleIds({}).back());
    ASSERT_TRUE(last);
    EXPECT_EQ(last->sample.completion, written->back().completion);
    EXPECT_EQ(last->sample.ids, written->back().ids);
    SampleQuery search;
    search.text = "wait";
    EXPECT_THAT(reader.sampleIds(search), testing::Not(IsEmpty()));
    EXPECT_THAT(reader.verify(), IsEmpty());
}

template <class Action>
StoreError::Kind kindOf(const Action& action)
{
    try {
        action();
    } catch (const StoreError& error) {
        return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return StoreError::Kind::Other;
}

} // namespace

TEST(Schema, LeadsVersion1ToTodays)
{
    TemporaryFolder folder;
    makeVersion1(folder.path());
    RunReader reader(folder.path());
    expectVersion1sData(reader);
    EXPECT_EQ(versionOf(folder.path() / "run.db"), runSchema().version());
    EXPECT_EQ(versionOf(folder.path() / "run.db.version-1"), 1);
    SampleQuery problem;
    problem.problem = reader.sample(1)->row.problem;
    EXPECT_THAT(reader.sampleIds(problem), SizeIs(3));
}

TEST(Schema, MakesANewFileTheSameAsAMigratedOne)
{
    TemporaryFolder folder;
    makeVersion1(folder.path());
    RunReader migrated(folder.path());
    TemporaryFolder store;
    fs::path fresh = writeRun(store.path(), {started()});
    auto tables = [](const fs::path& run) {
        Database database(run / "run.db", Access::Read);
        std::string text;
        Statement select
            = database.prepare("SELECT name || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
        while (select.step())
            text += select.text(0) + "\n";
        return text;
    };
    EXPECT_EQ(tables(folder.path()), tables(fresh));
}

TEST(Schema, WritesOnInAMigratedRun)
{
    TemporaryFolder folder;
    makeVersion1(folder.path());
    {
        RunWriter writer{Lease(folder.path())};
        writer.post(started(3));
        writer.post(step(4));
        writer.close();
    }
    RunReader reader(folder.path());
    EXPECT_THAT(reader.metrics({"reward"}).points[0], SizeIs(4));
    EXPECT_THAT(reader.verify(), IsEmpty());
    EXPECT_TRUE(fs::exists(folder.path() / "run.db.version-1"));
}

TEST(Schema, IsNeverHalfMigrated)
{
    for (int kill = 0; kill < 12; ++kill) {
        TemporaryFolder folder;
        makeVersion1(folder.path());
        ChildProcess child([&](const Acknowledge& acknowledge) {
            acknowledge(1);
            RunReader reader(folder.path());
            return 0;
        });
        std::int64_t number = 0;
        ASSERT_TRUE(child.next(number));
        ::usleep(static_cast<useconds_t>(kill * 1500));
        child.kill();
        RunReader reader(folder.path());
        expectVersion1sData(reader);
        EXPECT_EQ(versionOf(folder.path() / "run.db.version-1"), 1);
    }
}

TEST(Schema, WaitsForTheProgramThatWritesAnOlderRun)
{
    TemporaryFolder folder;
    makeVersion1(folder.path());
    Lease lease(folder.path());
    EXPECT_EQ(kindOf([&] { RunReader reader(folder.path()); }), StoreError::Kind::InUse);
    EXPECT_EQ(versionOf(folder.path() / "run.db"), 1);
}

TEST(Schema, RefusesWhatANewerVersionWrote)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1)});
    for (const fs::path& file : {run / "run.db", folder.path() / "ahascope.db"}) {
        Database database(file, Access::Write);
        database.execute("PRAGMA user_version=99");
    }
    std::string before = contentsOf(run / "run.db");
    EXPECT_EQ(kindOf([&] { RunReader reader(run); }), StoreError::Kind::NewerVersion);
    EXPECT_EQ(kindOf([&] { RunWriter writer{Lease(run)}; }), StoreError::Kind::NewerVersion);
    EXPECT_EQ(kindOf([&] { Catalogue catalogue(folder.path()); }), StoreError::Kind::NewerVersion);
    EXPECT_EQ(contentsOf(run / "run.db"), before);
    try {
        Catalogue catalogue(folder.path());
    } catch (const StoreError& error) {
        EXPECT_THAT(error.what(), HasSubstr("ahascope.db: written by a newer Ahascope (schema 99"));
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    }
}

TEST(Schema, RefusesFilesOfOtherKinds)
{
    TemporaryFolder folder;
    auto make = [&](const std::string& sql) {
        fs::remove(folder.path() / "run.db");
        Database database(folder.path() / "run.db", Access::Create);
        database.execute(sql);
    };
    auto expectRefused = [&] { EXPECT_EQ(kindOf([&] { RunReader r(folder.path()); }), StoreError::Kind::Corrupt); };
    make("CREATE TABLE songs (title TEXT)");
    expectRefused();
    make("PRAGMA user_version=1; CREATE TABLE run (id)");
    expectRefused();
    make(""); // no tables at all
    expectRefused();
    ahascope::test::writeFile(folder.path() / "run.db", "this is a letter, not a database, and long enough to look at");
    expectRefused();
    ahascope::test::writeFile(folder.path() / "run.db", "");
    expectRefused();
}

TEST(Schema, RefusesTriggersAndViews)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1)});
    std::string bytes = contentsOf(run / "run.db");
    for (const char* sql : {"CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM samples; END",
             "CREATE VIEW v AS SELECT * FROM samples"}) {
        ahascope::test::writeFile(run / "run.db", bytes);
        {
            Database database(run / "run.db", Access::Write);
            database.execute(sql);
        }
        EXPECT_EQ(kindOf([&] { RunReader reader(run); }), StoreError::Kind::Corrupt);
        EXPECT_EQ(kindOf([&] { RunWriter writer{Lease(run)}; }), StoreError::Kind::Corrupt);
    }
}

} // namespace ahascope::store
