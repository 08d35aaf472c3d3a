// SQLite has no checksums of its own: most flipped bits change what it returns without a word. Ours must not.
#include <random>
#include <sstream>

#include <gmock/gmock.h>

#include "core/store/run_reader.h"
#include "core/store/sqlite.h"
#include "core/store/store_error.h"
#include "tests/core/store/example_run.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::store {

using namespace test;
using ahascope::test::contentsOf;
using ahascope::test::TemporaryFolder;
using ahascope::test::writeFile;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
namespace fs = std::filesystem;

namespace {

std::string describe(const SampleDetail& detail)
{
    const pipeline::Sample& sample = detail.sample;
    std::ostringstream out;
    out << detail.row.id << ' ' << detail.row.globalStep << ' ' << detail.row.stage << ' ' << detail.row.set << ' '
        << sample.row << ' ' << sample.problem << ' ' << sample.group << ' ' << sample.index << '|' << sample.prompt
        << '|' << sample.completion << '|' << sample.answer << '|' << sample.columns << '|' << sample.extracted << '|'
        << sample.key << ' ' << sample.reward.value_or(-1) << ' ' << sample.advantage << ' ' << sample.correct
        << sample.ungraded << sample.mixing << ' ' << sample.repetition << ' ' << sample.reflections;
    for (std::size_t i = 0; i < sample.ids.size(); ++i)
        out << ' ' << sample.ids[i] << ' ' << sample.logProbs[i] << ' ' << sample.entropies[i];
    for (const auto& score : sample.scores)
        out << '|' << score.rule << score.score.value_or(-1) << score.reason;
    return out.str();
}

std::string describe(const SampleRow& row)
{
    std::ostringstream out;
    out << row.id << ' ' << row.globalStep << ' ' << row.set << ' ' << row.group << ' ' << row.index << ' ' << row.row
        << ' ' << row.problem << ' ' << row.reward.value_or(-1) << ' ' << row.advantage << ' ' << row.length << ' '
        << row.reflections << ' ' << row.mixing << ' ' << row.repetition << ' ' << row.correct << row.ungraded
        << row.wellFormed << row.question << '|' << row.completion;
    return out.str();
}

// Everything that a reader shows, by what it belongs to.
struct Shown {
    std::map<std::string, std::string> parts;
    bool complained = false; // it refused, left something out by name, or verify() found something
};

Shown look(const fs::path& run)
{
    Shown shown;
    try {
        RunReader reader(run);
        SampleQuery query;
        query.limit = 1000;
        for (const SampleRow& row : reader.samples(query).rows)
            shown.parts["row " + std::to_string(row.id)] = describe(row);
        for (std::int64_t id = 1; id <= 50; id += 3) // groups have 3 or 4 samples: each is asked for
            for (const SampleDetail& detail : reader.group(id))
                shown.parts["sample " + std::to_string(detail.row.id)] = describe(detail);
        MetricSeries series = reader.metrics({"reward", "accuracy", "eval/pass@1"});
        for (std::size_t i = 0; i < 3; ++i)
            for (const MetricPoint& point : series.points[i])
                shown.parts["metric " + std::to_string(i) + " " + std::to_string(point.globalStep)]
                    = std::to_string(point.value) + " " + std::to_string(point.seconds);
        RunInfo info = reader.info();
        shown.parts["info"] = info.description.experiment + info.description.templateText + info.name + info.uid
            + info.description.recipe + std::to_string(info.description.seed);
        for (const LogEntry& entry : reader.log())
            shown.parts["log " + std::to_string(entry.id)] = entry.text;
        for (const CheckpointInfo& checkpoint : reader.checkpoints())
            shown.parts["checkpoint " + std::to_string(checkpoint.id)] = checkpoint.path + checkpoint.manifestHash;
        shown.complained = !reader.verify().empty() || !reader.damage().empty();
    } catch (const std::exception&) {
        shown.complained = true;
    }
    return shown;
}

} // namespace

TEST(Damage, IsNeverShownAsIfItWereTrue)
{
    TemporaryFolder folder;
    std::vector<pipeline::RunEvent> events = {started(), stageStarted(), evaluation(0, 0.25)};
    for (std::int64_t i = 1; i <= 3; ++i)
        events.push_back(step(i, exampleSamples(static_cast<std::uint64_t>(i), {3, 4, 60})));
    events.push_back(checkpoint(3));
    events.push_back(finished());
    fs::path run = writeRun(folder.path(), events);
    const std::string bytes = contentsOf(run / "run.db");
    const Shown truth = look(run);
    ASSERT_FALSE(truth.complained);
    ASSERT_THAT(truth.parts, SizeIs(testing::Gt(50U)));

    // Most of a small file is empty pages, where a flip proves nothing.
    std::vector<std::size_t> used;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (bytes.find_first_not_of('\0', i) < i + 8)
            used.push_back(i);

    constexpr int flips = 1000;
    std::mt19937_64 random(7);
    int silent = 0;
    int shownWrong = 0;
    int noticed = 0;
    int harmless = 0;
    for (int flip = 0; flip < flips; ++flip) {
        std::string damaged = bytes;
        std::size_t byte = used[random() % used.size()];
        int bit = static_cast<int>(random() % 8);
        damaged[byte] ^= static_cast<char>(1 << bit);
        for (const char* name : {"run.db-wal", "run.db-shm"})
            fs::remove(run / name);
        writeFile(run / "run.db", damaged);
        Shown shown = look(run);
        for (const auto& [what, text] : shown.parts) {
            auto found = truth.parts.find(what);
            if (found == truth.parts.end() || found->second != text) {
                ++shownWrong;
                ADD_FAILURE() << "byte " << byte << ", bit " << bit << " changed " << what << " to " << text;
            }
        }
        bool same = shown.parts == truth.parts;
        silent += !same && !shown.complained;
        noticed += shown.complained;
        harmless += same && !shown.complained;
    }
    EXPECT_EQ(silent, 0);
    EXPECT_EQ(shownWrong, 0);
    EXPECT_GT(noticed, flips / 2) << "the flips must hit something for this to prove anything";
    std::printf("%d flips: %d noticed, %d without effect, %d silent, %d shown wrong\n", flips, noticed, harmless,
        silent, shownWrong);
}

TEST(Damage, IsNoticedByAHashWhereSqliteIsContent)
{
    // The control: the same flips in the texts of a group, which SQLite's own check passes.
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1)});
    Database database(run / "run.db", Access::Write);
    database.execute("UPDATE groups SET texts = zeroblob(length(texts)) WHERE id = 1");
    EXPECT_EQ(database.prepare("PRAGMA integrity_check").with().step(), true);
    RunReader reader(run);
    SamplePage page = reader.samples({});
    EXPECT_THAT(page.rows, SizeIs(3)); // the other group is not touched
    ASSERT_THAT(reader.damage(), SizeIs(1));
    EXPECT_EQ(reader.damage()[0].table, "groups");
    EXPECT_EQ(reader.damage()[0].row, 1);
    EXPECT_FALSE(reader.sample(1));
    EXPECT_TRUE(reader.sample(4));
}

TEST(Damage, IsFoundWhereRowsAreMissingExchangedOrInvented)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1), step(2), step(3)});
    const std::string bytes = contentsOf(run / "run.db");
    for (const char* sql : {
             "DELETE FROM samples WHERE id = 3",
             "DELETE FROM samples WHERE id = 18",
             "DELETE FROM groups WHERE id = 2",
             "DELETE FROM records WHERE id = 2",
             "DELETE FROM records WHERE id = 3",
             "DELETE FROM log WHERE id = 1",
             "DELETE FROM attempts",
             "DELETE FROM tail",
             "DELETE FROM state",
             "DELETE FROM run",
             "UPDATE samples SET id = 100 + id WHERE id IN (1, 2); UPDATE samples SET id = 103 - id WHERE id > 100",
             "UPDATE groups SET texts = (SELECT texts FROM groups WHERE id = 2), texts_checksum = (SELECT "
             "texts_checksum FROM groups WHERE id = 2) WHERE id = 1",
             "UPDATE groups SET tokens = (SELECT tokens FROM groups WHERE id = 2), tokens_checksum = (SELECT "
             "tokens_checksum FROM groups WHERE id = 2) WHERE id = 1",
             "INSERT INTO records SELECT 4, kind, attempt, stage, step, 4, seconds, held_out_set, layout, metrics, "
             "first_group, groups, first_sample, samples, contents, checksum, chain FROM records WHERE id = 3",
             "UPDATE attempts SET live_until = 1",
             "UPDATE records SET global_step = 1 WHERE id = 3",
             "UPDATE stages SET name = 'other'; UPDATE log SET text = 'other'",
             "UPDATE run SET experiment = 'other'",
         }) {
        writeFile(run / "run.db", bytes);
        {
            Database database(run / "run.db", Access::Write);
            database.execute("PRAGMA foreign_keys=OFF");
            database.execute(sql);
        }
        EXPECT_THAT(RunReader(run).verify(), Not(IsEmpty())) << sql;
    }
}

TEST(Damage, OfANumberIsNotCountedUpTo)
{
    TemporaryFolder store;
    const fs::path run = writeRun(store.path(), {started(), stageStarted(), step(1), step(2), finished()});
    {
        Database database(run / "run.db", Access::Write);
        database.execute("PRAGMA foreign_keys=OFF; UPDATE records SET id = 9223372036854775807 WHERE id = 2");
    }
    EXPECT_THAT(RunReader(run).verify(), SizeIs(testing::AllOf(testing::Gt(1u), testing::Le(10'000u))));
}

TEST(Damage, OfATruncatedFileIsNoticed)
{
    TemporaryFolder folder;
    fs::path run = writeRun(folder.path(), {started(), step(1), step(2), finished()});
    const std::string bytes = contentsOf(run / "run.db");
    int unnoticed = 0;
    for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 97) {
        for (const char* name : {"run.db-wal", "run.db-shm"})
            fs::remove(run / name);
        writeFile(run / "run.db", std::string_view(bytes).substr(0, size));
        unnoticed += !look(run).complained;
    }
    EXPECT_EQ(unnoticed, 0);
}

} // namespace ahascope::store
