#include "core/store/schema.h"

#include <array>

#include "core/formats/atomic_file.h"

namespace ahascope::store {

namespace {

// Rows are written once. Changed are only state, stages, tail, attempts.live_until, and checkpoints that retention
// removes. Every row carries a checksum (row_hash.h) over all its other columns, in their order.
constexpr const char* runVersion1 = R"sql(
CREATE TABLE run (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uid TEXT NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,          -- milliseconds since 1970-01-01 UTC
    experiment TEXT NOT NULL,          -- TOML
    template TEXT NOT NULL,
    recipe TEXT NOT NULL,              -- TOML
    seed INTEGER NOT NULL,
    build TEXT NOT NULL,
    device TEXT NOT NULL,
    parent_uid TEXT NOT NULL,          -- empty: not forked
    parent_name TEXT NOT NULL,
    parent_step INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE datasets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    hash TEXT NOT NULL,
    rows INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state INTEGER NOT NULL,            -- RunState
    failure_summary TEXT NOT NULL,
    failure_detail TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
-- Resuming from global step k begins an attempt and lowers live_until of the earlier ones to k: rows of an attempt
-- after its live_until are abandoned.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    resumed_from INTEGER NOT NULL,     -- global step, -1: from the beginning
    live_until INTEGER NOT NULL,       -- global step
    started INTEGER NOT NULL,          -- milliseconds since 1970-01-01 UTC
    device TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE stages (
    id INTEGER PRIMARY KEY,            -- index in the experiment
    name TEXT NOT NULL,
    steps INTEGER NOT NULL,
    first_global_step INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
-- Names of the values in records.metrics, separated by line ends.
CREATE TABLE metric_layouts (
    id INTEGER PRIMARY KEY,
    names TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
-- Steps and evaluations, in order. chain = hash of the chain before and this checksum, contents = hash of the checksums
-- of the record's groups and samples, so that a row that is gone is noticed as well.
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,             -- 0 a step, 1 an evaluation
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    stage INTEGER NOT NULL,
    step INTEGER NOT NULL,
    global_step INTEGER NOT NULL,
    seconds REAL NOT NULL,
    held_out_set TEXT NOT NULL,
    layout INTEGER NOT NULL REFERENCES metric_layouts (id),
    metrics BLOB NOT NULL,             -- doubles
    first_group INTEGER NOT NULL,
    groups INTEGER NOT NULL,
    first_sample INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    contents INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    chain INTEGER NOT NULL
) STRICT;
CREATE INDEX evaluations ON records (stage, step, held_out_set) WHERE kind = 1;
CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES records (id) DEFERRABLE INITIALLY DEFERRED,
    number INTEGER NOT NULL,           -- in the rollout
    dataset_row INTEGER NOT NULL,
    problem INTEGER NOT NULL,
    first_sample INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    texts BLOB NOT NULL,               -- group_codec.h
    texts_checksum INTEGER NOT NULL,
    tokens BLOB NOT NULL,
    tokens_checksum INTEGER NOT NULL
) STRICT;
-- What tables filter and sort by; the rest is in groups.
CREATE TABLE samples (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES records (id) DEFERRABLE INITIALLY DEFERRED,
    group_id INTEGER NOT NULL REFERENCES groups (id),
    place INTEGER NOT NULL,            -- in the group's blobs
    number INTEGER NOT NULL,           -- Sample::index
    flags INTEGER NOT NULL,            -- SampleFlag
    length INTEGER NOT NULL,           -- tokens
    reflections INTEGER NOT NULL,
    reward REAL,
    advantage REAL NOT NULL,
    mixing REAL NOT NULL,
    repetition REAL NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE checkpoints (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    stage INTEGER NOT NULL,
    step INTEGER NOT NULL,
    global_step INTEGER NOT NULL,
    seconds REAL NOT NULL,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    manifest_hash TEXT NOT NULL,
    final INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL,
    time INTEGER NOT NULL,             -- milliseconds since 1970-01-01 UTC
    stage INTEGER NOT NULL,
    global_step INTEGER NOT NULL,
    seconds REAL NOT NULL,
    level INTEGER NOT NULL,            -- 0 information, 1 warning
    text TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
-- The last rows, so that losing them is noticed.
CREATE TABLE tail (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    record INTEGER NOT NULL,
    chain INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    log INTEGER NOT NULL,
    checkpoint INTEGER NOT NULL,       -- grows with every checkpoint that comes or goes
    checksum INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search USING fts5 (
    completion, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
)sql";

// The same problem at every step, without looking at every group.
constexpr const char* runVersion2 = R"sql(
CREATE INDEX groups_by_problem ON groups (problem);
)sql";

constexpr const char* catalogueVersion1 = R"sql(
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL UNIQUE,       -- name of the folder in runs/
    uid TEXT NOT NULL,
    created INTEGER NOT NULL,          -- milliseconds since 1970-01-01 UTC
    parent_uid TEXT NOT NULL,
    parent_name TEXT NOT NULL,
    parent_step INTEGER NOT NULL,
    notes TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '',     -- separated by line ends
    rating INTEGER NOT NULL DEFAULT 0,
    seen TEXT NOT NULL DEFAULT '',     -- size and time of run.db when the columns below were read
    state INTEGER NOT NULL DEFAULT 0,
    device TEXT NOT NULL DEFAULT '',
    failure TEXT NOT NULL DEFAULT '',
    figures TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    place INTEGER NOT NULL,
    title TEXT NOT NULL,
    experiment TEXT NOT NULL,
    device TEXT NOT NULL,
    added INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::array runVersions = {runVersion1, runVersion2};
constexpr std::array catalogueVersions = {catalogueVersion1};

void setVersion(Database& database, std::int64_t version)
{
    database.execute("PRAGMA user_version=" + std::to_string(version));
}

} // namespace

const Schema& runSchema()
{
    static constexpr Schema schema{"run", 0x41685272 /* AhRr */, runVersions};
    return schema;
}

const Schema& catalogueSchema()
{
    static constexpr Schema schema{"catalogue", 0x41684361 /* AhCa */, catalogueVersions};
    return schema;
}

SchemaState inspect(Database& database, const Schema& schema)
{
    // One look: between two, another program may make the tables.
    const Transaction transaction(database, Transaction::Kind::Read);
    std::int64_t id = database.integer("PRAGMA application_id");
    std::int64_t version = database.integer("PRAGMA user_version");
    if (id == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0)
        return SchemaState::Empty;
    if (id != schema.applicationId || version < 1)
        throw StoreError(StoreError::Kind::Corrupt, database.file(),
            std::string("this is not an Ahascope ") + schema.what + " database", "choose another folder");
    if (version > schema.version())
        throw StoreError(StoreError::Kind::NewerVersion, database.file(),
            "written by a newer Ahascope (schema " + std::to_string(version) + ", this one knows "
                + std::to_string(schema.version()) + ")",
            "install that version to use it; nothing was changed");
    if (database.integer("SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')") != 0)
        throw StoreError(StoreError::Kind::Corrupt, database.file(),
            "it holds triggers or views, which Ahascope never makes", "do not use files from people you do not trust");
    return version < schema.version() ? SchemaState::Older : SchemaState::Current;
}

void createTables(Database& database, const Schema& schema)
{
    Transaction transaction(database, Transaction::Kind::Write);
    if (database.integer("PRAGMA user_version") != 0)
        return; // another program was faster
    for (const char* sql : schema.versions)
        database.execute(sql);
    database.execute("PRAGMA application_id=" + std::to_string(schema.applicationId));
    setVersion(database, schema.version());
    transaction.commit();
}

void migrate(Database& database, const Schema& schema)
{
    std::int64_t from = database.integer("PRAGMA user_version");
    const std::filesystem::path backup = database.file().string() + ".version-" + std::to_string(from);
    const std::filesystem::path unfinished = backup.string() + ".unfinished";
    if (!std::filesystem::exists(backup)) {
        std::filesystem::remove(unfinished);
        Statement copy = database.prepare("VACUUM INTO ?");
        copy.run(unfinished.string());
        std::filesystem::rename(unfinished, backup);
        formats::syncFolder(backup.parent_path());
    }
    Transaction transaction(database, Transaction::Kind::Write);
    for (std::int64_t version = from; version < schema.version(); ++version)
        database.execute(schema.versions[static_cast<std::size_t>(version)]);
    setVersion(database, schema.version());
    transaction.commit();
}

} // namespace ahascope::store
