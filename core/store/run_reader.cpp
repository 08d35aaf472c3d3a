#include "core/store/run_reader.h"

#include <algorithm>

#include "core/store/lease.h"
#include "core/store/run_database.h"
#include "core/store/run_reader_state.h"
#include "core/store/schema.h"

namespace ahascope::store {

namespace fs = std::filesystem;

namespace {

// Without its log a database on a read-only medium can be read as it is; with one it cannot.
bool hasLog(const fs::path& file)
{
    std::error_code error;
    auto bytes = fs::file_size(file.string() + "-wal", error);
    return !error && bytes > 0;
}

std::unique_ptr<Database> openFile(const fs::path& file, SchemaState& schema)
{
    try {
        auto database = std::make_unique<Database>(file, Access::Read);
        schema = inspect(*database, runSchema());
        return database;
    } catch (const StoreError& error) {
        bool readOnlyFolder = error.kind() == StoreError::Kind::Missing || error.kind() == StoreError::Kind::ReadOnly;
        if (!readOnlyFolder || hasLog(file))
            throw;
    }
    auto database = std::make_unique<Database>(file, Access::Frozen);
    schema = inspect(*database, runSchema());
    return database;
}

std::unique_ptr<Database> openForReading(const fs::path& folder)
{
    const fs::path file = runDatabaseFile(folder);
    std::error_code error;
    if (!fs::is_regular_file(fs::symlink_status(file, error)))
        throw StoreError(StoreError::Kind::Missing, file, "there is no run here", "choose a folder that holds run.db");
    SchemaState schema = SchemaState::Empty;
    auto database = openFile(file, schema);
    if (schema == SchemaState::Older) {
        database.reset();
        Lease lease(folder);
        migrateRun(folder);
        database = openFile(file, schema);
    }
    if (schema != SchemaState::Current)
        throw StoreError(StoreError::Kind::Corrupt, file, "it holds no run", "delete the folder");
    return database;
}

} // namespace

RunReader::State::State(const fs::path& folder)
    : database(openForReading(folder))
    , selectRecord(database->prepare(selectSql<RecordRow>("WHERE id = ?")))
    , selectGroup(database->prepare(selectSql<GroupRow>("WHERE id = ?", "texts_checksum")))
    , selectSample(database->prepare(selectSql<StoredSample>("WHERE id = ?")))
    , selectTokens(database->prepare("SELECT tokens, tokens_checksum FROM groups WHERE id = ?"))
    , selectAttempts(database->prepare(selectSql<AttemptRow>()))
{
}

void RunReader::State::checkAttempts()
{
    AttemptRow row;
    bool whole = true;
    selectAttempts.reset();
    while (whole && selectAttempts.step())
        whole = readRow(selectAttempts, row);
    selectAttempts.reset(); // a statement in the middle of its rows would keep the view open
    if (!whole)
        throw StoreError(StoreError::Kind::Corrupt, database->file(),
            "attempt " + std::to_string(row.id) + " is damaged, so it is not known which rows count",
            "restore run.db from a copy");
}

void RunReader::State::note(const char* table, std::int64_t row, const std::string& what)
{
    if (damage.size() < mostNoted && noted.emplace(table, row).second)
        damage.push_back({table, row, what});
}

RunReader::RunReader(fs::path folder) : m_folder(std::move(folder)), m_state(std::make_unique<State>(m_folder)) { }

RunReader::~RunReader() = default;
RunReader::RunReader(RunReader&&) noexcept = default;
RunReader& RunReader::operator=(RunReader&&) noexcept = default;

void RunReader::interrupt() noexcept
{
    m_state->database->interrupt();
}

const std::vector<Damage>& RunReader::damage() const
{
    return m_state->damage;
}

namespace {

// The only row of a table of one row. Throws StoreError when it is damaged.
template <class Row>
Row onlyRow(Database& database)
{
    Row row;
    Statement select = database.prepare(selectSql<Row>());
    if (!select.step() || !readRow(select, row))
        throw StoreError(StoreError::Kind::Corrupt, database.file(),
            std::string("the table ") + Row::table + " is damaged", "restore run.db from a copy");
    return row;
}

RunState stateOf(const StateRow& row, const fs::path& folder)
{
    if (row.state < 0 || row.state > static_cast<std::int64_t>(RunState::Finished))
        return RunState::Interrupted;
    auto state = static_cast<RunState>(row.state);
    bool active = state == RunState::Running || state == RunState::Paused;
    return active && !leaseHolder(folder) ? RunState::Interrupted : state;
}

void fill(RunInfo& info, const RunRow& run)
{
    info.uid = run.uid;
    info.name = run.name;
    info.created = run.created;
    info.description.experiment = run.experiment;
    info.description.templateText = run.templateText;
    info.description.recipe = run.recipe;
    info.description.seed = static_cast<std::uint64_t>(run.seed);
    info.description.build = run.build;
    info.description.device = run.device;
    if (!run.parentUid.empty())
        info.parent = Lineage{0, run.parentUid, run.parentName, run.parentStep};
}

} // namespace

RunInfo RunReader::info()
{
    State::View view(*m_state);
    Database& database = *m_state->database;
    RunInfo info;
    fill(info, onlyRow<RunRow>(database));
    Statement datasets = database.prepare(selectSql<DatasetRow>("ORDER BY id"));
    while (datasets.step()) {
        DatasetRow row;
        if (readRow(datasets, row))
            info.description.datasets.push_back({row.name, row.source, row.hash, row.rows});
        else
            m_state->note("datasets", row.id, "its checksum is wrong");
    }
    auto state = onlyRow<StateRow>(database);
    info.state = stateOf(state, m_folder);
    if (!state.failureSummary.empty())
        info.failure = Failure{state.failureSummary, state.failureDetail};
    Statement attempts = database.prepare(selectSql<AttemptRow>("ORDER BY id"));
    for (AttemptRow row; attempts.step(); ++info.attempts)
        if (readRow(attempts, row))
            info.device = row.device;
    return info;
}

std::vector<StageInfo> RunReader::stages()
{
    State::View view(*m_state);
    std::vector<StageInfo> stages;
    Statement select = m_state->database->prepare(selectSql<StageRow>("ORDER BY id"));
    for (StageRow row; select.step();) {
        if (readRow(select, row))
            stages.push_back({static_cast<std::int32_t>(row.id), row.name, row.steps, row.firstGlobalStep});
        else
            m_state->note("stages", row.id, "its checksum is wrong");
    }
    return stages;
}

DataVersion RunReader::version()
{
    Transaction read(*m_state->database, Transaction::Kind::Read);
    auto tail = onlyRow<TailRow>(*m_state->database);
    auto state = onlyRow<StateRow>(*m_state->database);
    return {tail.record, tail.attempt, tail.log, tail.checkpoint, stateOf(state, m_folder)};
}

std::vector<LogEntry> RunReader::log(std::int64_t afterId)
{
    State::View view(*m_state);
    std::vector<LogEntry> entries;
    Statement select = m_state->database->prepare(selectSql<LogRow>("WHERE id > ? ORDER BY id"));
    select.with(afterId);
    for (LogRow row; select.step();) {
        if (readRow(select, row))
            entries.push_back({row.id, row.attempt, row.time, static_cast<std::int32_t>(row.stage), row.globalStep,
                row.seconds, row.level != 0, row.text});
        else
            m_state->note("log", row.id, "its checksum is wrong");
    }
    return entries;
}

std::vector<CheckpointInfo> RunReader::checkpoints()
{
    State::View view(*m_state);
    std::vector<CheckpointInfo> checkpoints;
    Statement select = m_state->database->prepare("SELECT " + State::qualified("c", CheckpointRow::columns)
        + ", c.checksum FROM checkpoints c JOIN attempts a ON a.id = c.attempt AND c.global_step <= a.live_until "
          "ORDER BY c.id");
    for (CheckpointRow row; select.step();) {
        if (!readRow(select, row)) {
            m_state->note("checkpoints", row.id, "its checksum is wrong");
            continue;
        }
        // The last of a stage takes the place of one that was made at the same step.
        std::erase_if(checkpoints, [&](const CheckpointInfo& earlier) { return earlier.path == row.path; });
        checkpoints.push_back({row.id, static_cast<std::int32_t>(row.stage), row.step, row.globalStep, row.seconds,
            row.path, static_cast<std::uint64_t>(row.bytes), row.manifestHash, row.final != 0});
    }
    return checkpoints;
}

} // namespace ahascope::store
