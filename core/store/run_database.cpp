#include "core/store/run_database.h"

#include <chrono>
#include <random>

#include "core/store/run_statements.h"
#include "core/store/schema.h"

namespace ahascope::store {

namespace {

// 128 random bits in hexadecimal.
std::string newUid()
{
    constexpr char digits[] = "0123456789abcdef";
    std::random_device device;
    std::string uid;
    while (uid.size() < 32) {
        std::uint32_t bits = device();
        for (int i = 0; i < 8; ++i, bits >>= 4)
            uid += digits[bits & 15];
    }
    return uid;
}

RunRow describedRun(
    std::int64_t number, const std::string& name, const RunDescription& description, const Lineage& parent)
{
    RunRow row;
    row.uid = newUid();
    row.number = number;
    row.name = name;
    row.created = millisecondsNow();
    row.experiment = description.experiment;
    row.templateText = description.templateText;
    row.recipe = description.recipe;
    row.seed = static_cast<std::int64_t>(description.seed);
    row.build = description.build;
    row.device = description.device;
    row.parentUid = parent.uid;
    row.parentName = parent.name;
    row.parentStep = parent.step;
    return row;
}

// A run.db of today's schema, open for its only writer.
void requireCurrent(Database& database)
{
    if (inspect(database, runSchema()) != SchemaState::Current)
        throw StoreError(StoreError::Kind::Corrupt, database.file(), "it holds no run", "delete the folder");
}

} // namespace

std::int64_t millisecondsNow()
{
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::filesystem::path runDatabaseFile(const std::filesystem::path& folder)
{
    return folder / "run.db";
}

void createRunDatabase(const std::filesystem::path& folder, std::int64_t number, const std::string& name,
    const RunDescription& description, const Lineage& parent)
{
    Database database(runDatabaseFile(folder), Access::Create);
    database.useWriteAheadLog();
    createTables(database, runSchema());
    Transaction transaction(database, Transaction::Kind::Write);
    RunRow run = describedRun(number, name, description, parent);
    Statement insertRun = database.prepare(insertSql<RunRow>());
    insertRow(insertRun, run);
    Statement insertDataset = database.prepare(insertSql<DatasetRow>());
    std::int64_t id = 0;
    for (const Dataset& dataset : description.datasets) {
        DatasetRow row{++id, dataset.name, dataset.source, dataset.hash, dataset.rows};
        insertRow(insertDataset, row);
    }
    StateRow state;
    Statement insertState = database.prepare(insertSql<StateRow>());
    insertRow(insertState, state);
    TailRow tail;
    Statement insertTail = database.prepare(insertSql<TailRow>());
    insertRow(insertTail, tail);
    transaction.commit();
}

void migrateRun(const std::filesystem::path& folder)
{
    Database database(runDatabaseFile(folder), Access::Write);
    if (inspect(database, runSchema()) == SchemaState::Older)
        migrate(database, runSchema());
}

void renameRun(const std::filesystem::path& folder, std::int64_t number, const std::string& name)
{
    Database database(runDatabaseFile(folder), Access::Write);
    requireCurrent(database);
    Transaction transaction(database, Transaction::Kind::Write);
    RunRow run;
    {
        Statement select = database.prepare(selectSql<RunRow>());
        if (!select.step() || !readRow(select, run))
            throw StoreError(StoreError::Kind::Corrupt, database.file(), "the description of the run is damaged");
    }
    run.number = number;
    run.name = name;
    Statement insert = database.prepare(insertSql<RunRow>(Insert::OrReplace));
    insertRow(insert, run);
    transaction.commit();
}

RunDatabase::RunDatabase(const std::filesystem::path& folder) : m_database(runDatabaseFile(folder), Access::Write)
{
    m_database.useWriteAheadLog();
    if (inspect(m_database, runSchema()) == SchemaState::Older)
        migrate(m_database, runSchema());
    requireCurrent(m_database);
    m_statements = std::make_unique<Statements>(m_database);
    readCounters();
    readLayouts();
}

RunDatabase::~RunDatabase() = default;

void RunDatabase::readCounters()
{
    TailRow& tail = m_counters.tail;
    Statement select = m_database.prepare(selectSql<TailRow>());
    bool whole = select.step() && readRow(select, tail)
        && m_database.integer("SELECT coalesce(max(id), 0) FROM records") == tail.record
        && m_database.integer("SELECT coalesce(max(id), 0) FROM attempts") == tail.attempt;
    if (!whole)
        throw StoreError(StoreError::Kind::Corrupt, m_database.file(), "its last rows are damaged or missing",
            "it can be read but not continued; fork it from a checkpoint");
    m_counters.nextGroup = m_database.integer("SELECT coalesce(max(id), 0) + 1 FROM groups");
    m_counters.nextSample = m_database.integer("SELECT coalesce(max(id), 0) + 1 FROM samples");
    m_counters.nextLayout = m_database.integer("SELECT coalesce(max(id), 0) + 1 FROM metric_layouts");
}

void RunDatabase::readLayouts()
{
    Statement layouts = m_database.prepare(selectSql<LayoutRow>());
    while (layouts.step()) {
        LayoutRow row;
        if (readRow(layouts, row)) // a damaged one is not used again
            m_layouts[row.names] = row.id;
    }
}

template <class Changes>
void RunDatabase::commit(const Changes& changes)
{
    const Counters before = m_counters;
    try {
        Transaction transaction(m_database, Transaction::Kind::Write);
        changes();
        insertRow(m_statements->tail, m_counters.tail);
        transaction.commit();
    } catch (...) {
        m_counters = before;
        std::erase_if(m_layouts, [&](const auto& layout) { return layout.second >= before.nextLayout; });
        throw;
    }
}

void RunDatabase::append(const pipeline::RunEvent& event)
{
    commit([&] { write(event); });
}

void RunDatabase::removeCheckpoint(const std::string& path)
{
    commit([&] {
        Statement remove = m_database.prepare("DELETE FROM checkpoints WHERE path = ?");
        remove.run(path);
        ++m_counters.tail.checkpoint;
    });
}

} // namespace ahascope::store
