// What the parts of RunReader share.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/store/rows.h"
#include "core/store/run_reader.h"
#include "core/store/sqlite.h"

namespace ahascope::store {

// Conditions on `records r` and its `attempts a` that make a row a live one. An evaluation that was made again at the
// same step counts once, the last time.
inline constexpr const char* liveRecords
    = "a.id = r.attempt AND r.global_step <= a.live_until AND (r.kind = 0 OR NOT EXISTS ("
      "SELECT 1 FROM records later JOIN attempts b ON b.id = later.attempt AND later.global_step <= b.live_until "
      "WHERE later.kind = 1 AND later.stage = r.stage AND later.step = r.step "
      "AND later.held_out_set = r.held_out_set AND later.id > r.id))";

inline constexpr std::size_t mostNoted = 10'000; // damages

// first + count; numbers of a file whose sum is none span nothing.
inline std::int64_t endOf(std::int64_t first, std::int64_t count)
{
    std::int64_t end = first;
    return __builtin_add_overflow(first, count, &end) ? first : end;
}

struct RunReader::State {
    explicit State(const std::filesystem::path& folder);

    // A consistent view of the run for the time of one call.
    struct View {
        explicit View(State& state) : transaction(*state.database, Transaction::Kind::Read) { state.checkAttempts(); }
        Transaction transaction;
    };
    // They decide which rows are live. Throws StoreError when one is damaged.
    void checkAttempts();
    void note(const char* table, std::int64_t row, const std::string& what);

    // Names of a layout's metrics; empty when the layout is damaged.
    const std::vector<std::string>& layout(std::int64_t id);
    pipeline::Metrics metricsOf(const RecordRow& record);

    // Calls visit(RecordRow&) for the live records that match, in order; `where` and `order` are SQL on `r`.
    // visit returns false to stop.
    template <class Visit, class... Values>
    void eachRecord(const std::string& where, const std::string& order, const Visit& visit, const Values&... values)
    {
        std::string columns = RecordRow::columns;
        Statement select = database->prepare("SELECT " + qualified("r", columns) + ", r.checksum FROM records r "
            + "CROSS JOIN attempts a WHERE " + liveRecords + " AND " + where + " ORDER BY r.id " + order);
        select.with(values...);
        while (select.step()) {
            RecordRow row;
            if (!readRow(select, row))
                note("records", row.id, "its checksum is wrong");
            else if (!visit(row))
                return;
        }
    }
    // "id, kind" as "r.id, r.kind"
    static std::string qualified(const std::string& alias, const std::string& columns);

    const RecordRow* record(std::int64_t id);                                         // null: damaged or gone
    const GroupRow* group(std::int64_t id);                                           // the last one asked for is kept
    std::vector<pipeline::Sample> texts(const GroupRow& row);                         // empty: damaged
    bool unpackTokensOf(const GroupRow& row, std::vector<pipeline::Sample>& samples); // false: damaged
    std::vector<SampleDetail> details(const GroupRow& row);
    std::optional<StoredSample> stored(std::int64_t id);
    std::optional<SampleRow> tableRow(const StoredSample& sample, int previewBytes);
    static SampleRow plainRow(const StoredSample& sample, const RecordRow& record, const GroupRow& group);

    std::unique_ptr<Database> database;
    // Kept, since preparing one costs more than running it. The first by id, for every row of a table.
    Statement selectRecord, selectGroup, selectSample, selectTokens;
    Statement selectAttempts; // for every call
    std::vector<Damage> damage;
    std::set<std::pair<std::string, std::int64_t>> noted;
    std::map<std::int64_t, std::vector<std::string>> layouts;
    std::map<std::int64_t, RecordRow> records; // those of samples that were shown; emptied when it grows
    std::optional<GroupRow> lastGroup;
    std::vector<pipeline::Sample> lastTexts; // of lastGroup, unpacked when first needed
};

SampleSet sampleSetOf(const RecordRow& record);

} // namespace ahascope::store
