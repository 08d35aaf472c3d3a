// The writing side of run.db, one transaction per event. Belongs to one thread, which holds the run's lease.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/pipeline/run_event.h"
#include "core/store/group_codec.h"
#include "core/store/rows.h"
#include "core/store/run_types.h"
#include "core/store/sqlite.h"

namespace ahascope::store {

std::int64_t millisecondsNow(); // since 1970-01-01 UTC

std::filesystem::path runDatabaseFile(const std::filesystem::path& folder);

// A run.db with its description and no events. Throws StoreError.
void createRunDatabase(const std::filesystem::path& folder, std::int64_t number, const std::string& name,
    const RunDescription& description, const Lineage& parent);

// Leads an older run.db to today's schema. The caller holds the lease.
void migrateRun(const std::filesystem::path& folder);

// Changes what the run calls itself; for a run that nobody is writing.
void renameRun(const std::filesystem::path& folder, std::int64_t number, const std::string& name);

class RunDatabase {
public:
    // Throws StoreError, Corrupt when the file does not end where its last writer ended.
    explicit RunDatabase(const std::filesystem::path& folder);
    ~RunDatabase();

    // All of the event or nothing of it. Throws StoreError; after one of kind DiskFull the same event may be tried
    // again.
    void append(const pipeline::RunEvent& event);
    void removeCheckpoint(const std::string& path);

private:
    struct Statements;
    // What the next event continues; put back when it fails.
    struct Counters {
        TailRow tail;
        std::int64_t nextGroup = 1;
        std::int64_t nextSample = 1;
        std::int64_t nextLayout = 1;
    };

    void readCounters();
    void readLayouts();
    // Runs `changes` in one transaction.
    template <class Changes>
    void commit(const Changes& changes);
    void write(const pipeline::RunEvent& event);
    void beginAttempt(const pipeline::Position& at, const pipeline::RunStarted& started);
    void setState(RunState state, const std::optional<Failure>& failure = {});
    void beginStage(const pipeline::Position& at, std::int64_t steps);
    void addRecord(RecordKind kind, const pipeline::Position& at, const std::string& set,
        const pipeline::Metrics& metrics, const pipeline::Samples& samples);
    // Returns the hash of the checksums of the rows it wrote.
    std::int64_t addSamples(const RecordRow& record, std::span<const pipeline::Sample> samples);
    void addGroup(std::int64_t record, std::span<const pipeline::Sample> samples, RowHash& contents);
    void addCheckpoint(const pipeline::Position& at, const pipeline::CheckpointSaved& saved);
    void addLog(const pipeline::Position& at, std::int64_t level, const std::string& text);
    std::int64_t layoutOf(const pipeline::Metrics& metrics);

    Database m_database;
    std::unique_ptr<Statements> m_statements;
    GroupPacker m_packer;
    Counters m_counters;
    std::map<std::string, std::int64_t> m_layouts; // names -> id
};

} // namespace ahascope::store
