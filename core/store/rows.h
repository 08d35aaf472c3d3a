// The rows of a run database as values: one list of fields each, from which come the SQL, the reading, the writing and
// the checksum.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "core/store/row_hash.h"
#include "core/store/sqlite.h"

namespace ahascope::store {

struct Blob {
    std::string bytes;

    Bytes view() const { return std::as_bytes(std::span(bytes)); }
};

struct RunRow {
    static constexpr const char* table = "run";
    static constexpr const char* columns = "id, uid, number, name, created, experiment, template, recipe, seed, build, "
                                           "device, parent_uid, parent_name, parent_step";
    std::int64_t id = 1;
    std::string uid;
    std::int64_t number = 0;
    std::string name;
    std::int64_t created = 0;
    std::string experiment, templateText, recipe;
    std::int64_t seed = 0;
    std::string build, device, parentUid, parentName;
    std::int64_t parentStep = 0;

    auto fields()
    {
        return std::tie(id, uid, number, name, created, experiment, templateText, recipe, seed, build, device,
            parentUid, parentName, parentStep);
    }
};

struct DatasetRow {
    static constexpr const char* table = "datasets";
    static constexpr const char* columns = "id, name, source, hash, rows";
    std::int64_t id = 0;
    std::string name, source, hash;
    std::int64_t rows = 0;

    auto fields() { return std::tie(id, name, source, hash, rows); }
};

struct StateRow {
    static constexpr const char* table = "state";
    static constexpr const char* columns = "id, state, failure_summary, failure_detail";
    std::int64_t id = 1;
    std::int64_t state = 0;
    std::string failureSummary, failureDetail;

    auto fields() { return std::tie(id, state, failureSummary, failureDetail); }
};

struct AttemptRow {
    static constexpr const char* table = "attempts";
    static constexpr const char* columns = "id, resumed_from, live_until, started, device";
    static constexpr std::int64_t forever = INT64_MAX;
    std::int64_t id = 0;
    std::int64_t resumedFrom = -1;
    std::int64_t liveUntil = forever;
    std::int64_t started = 0;
    std::string device;

    auto fields() { return std::tie(id, resumedFrom, liveUntil, started, device); }
};

struct StageRow {
    static constexpr const char* table = "stages";
    static constexpr const char* columns = "id, name, steps, first_global_step";
    std::int64_t id = 0;
    std::string name;
    std::int64_t steps = 0;
    std::int64_t firstGlobalStep = 0;

    auto fields() { return std::tie(id, name, steps, firstGlobalStep); }
};

struct LayoutRow {
    static constexpr const char* table = "metric_layouts";
    static constexpr const char* columns = "id, names";
    std::int64_t id = 0;
    std::string names;

    auto fields() { return std::tie(id, names); }
};

enum RecordKind : std::int64_t { StepRecord = 0, EvaluationRecord = 1 };

struct RecordRow {
    static constexpr const char* table = "records";
    static constexpr const char* columns
        = "id, kind, attempt, stage, step, global_step, seconds, held_out_set, layout, "
          "metrics, first_group, groups, first_sample, samples, contents";
    std::int64_t id = 0;
    std::int64_t kind = StepRecord;
    std::int64_t attempt = 0, stage = 0, step = 0, globalStep = 0;
    double seconds = 0.0;
    std::string set;
    std::int64_t layout = 0;
    Blob metrics;
    std::int64_t firstGroup = 0, groups = 0, firstSample = 0, samples = 0;
    std::int64_t contents = 0;

    auto fields()
    {
        return std::tie(id, kind, attempt, stage, step, globalStep, seconds, set, layout, metrics, firstGroup, groups,
            firstSample, samples, contents);
    }
};

// Without tokens, which have a checksum of their own: tokensChecksum().
struct GroupRow {
    static constexpr const char* table = "groups";
    static constexpr const char* columns = "id, record, number, dataset_row, problem, first_sample, samples, texts";
    std::int64_t id = 0, record = 0, number = 0, row = 0, problem = 0, firstSample = 0, samples = 0;
    Blob texts;

    auto fields() { return std::tie(id, record, number, row, problem, firstSample, samples, texts); }
};

// RecordRow's chain column.
inline std::int64_t chained(std::int64_t before, std::int64_t recordChecksum)
{
    return RowHash("chain").add(before, recordChecksum).value();
}

inline std::int64_t tokensChecksum(std::int64_t group, Bytes tokens)
{
    return RowHash("groups.tokens").add(group, tokens).value();
}

enum SampleFlag : std::int64_t {
    SampleCutOff = 1,
    SampleCorrect = 2,
    SampleCorrectLenient = 4,
    SampleWellFormed = 8,
    SampleEmptyThink = 16,
    SampleUngraded = 32,
    SampleRescued = 64,
    SampleMixed = 128
};

struct StoredSample {
    static constexpr const char* table = "samples";
    static constexpr const char* columns = "id, record, group_id, place, number, flags, length, reflections, reward, "
                                           "advantage, mixing, repetition";
    std::int64_t id = 0, record = 0, group = 0, place = 0, number = 0, flags = 0, length = 0, reflections = 0;
    std::optional<double> reward;
    double advantage = 0.0, mixing = 0.0, repetition = 0.0;

    auto fields()
    {
        return std::tie(
            id, record, group, place, number, flags, length, reflections, reward, advantage, mixing, repetition);
    }
};

struct CheckpointRow {
    static constexpr const char* table = "checkpoints";
    static constexpr const char* columns
        = "id, attempt, stage, step, global_step, seconds, path, bytes, manifest_hash, final";
    std::int64_t id = 0, attempt = 0, stage = 0, step = 0, globalStep = 0;
    double seconds = 0.0;
    std::string path;
    std::int64_t bytes = 0;
    std::string manifestHash;
    std::int64_t final = 0;

    auto fields() { return std::tie(id, attempt, stage, step, globalStep, seconds, path, bytes, manifestHash, final); }
};

struct LogRow {
    static constexpr const char* table = "log";
    static constexpr const char* columns = "id, attempt, time, stage, global_step, seconds, level, text";
    std::int64_t id = 0, attempt = 0, time = 0, stage = 0, globalStep = 0;
    double seconds = 0.0;
    std::int64_t level = 0;
    std::string text;

    auto fields() { return std::tie(id, attempt, time, stage, globalStep, seconds, level, text); }
};

struct TailRow {
    static constexpr const char* table = "tail";
    static constexpr const char* columns = "id, record, chain, attempt, log, checkpoint";
    std::int64_t id = 1, record = 0, chain = 0, attempt = 0, log = 0, checkpoint = 0;

    auto fields() { return std::tie(id, record, chain, attempt, log, checkpoint); }
};

// ---- What every kind of row has in common

template <class Row>
std::int64_t checksumOf(Row& row)
{
    RowHash hash(Row::table);
    auto addField = [&](const auto& field) {
        if constexpr (std::is_same_v<std::decay_t<decltype(field)>, Blob>)
            hash.add(field.view());
        else
            hash.add(field);
    };
    std::apply([&](const auto&... field) { (addField(field), ...); }, row.fields());
    return hash.value();
}

namespace detail {
inline void readField(Statement& statement, int column, std::int64_t& field)
{
    field = statement.integer(column);
}
inline void readField(Statement& statement, int column, double& field)
{
    field = statement.real(column);
}
inline void readField(Statement& statement, int column, std::string& field)
{
    field = statement.text(column);
}
inline void readField(Statement& statement, int column, std::optional<double>& field)
{
    field = statement.isNull(column) ? std::nullopt : std::optional(statement.real(column));
}
inline void readField(Statement& statement, int column, Blob& field)
{
    Bytes blob = statement.blob(column);
    field.bytes.assign(reinterpret_cast<const char*>(blob.data()), blob.size());
}
inline void bindField(Statement& statement, int index, const Blob& field)
{
    statement.bind(index, field.view());
}
template <class T>
void bindField(Statement& statement, int index, const T& field)
{
    statement.bind(index, field);
}
} // namespace detail

template <class Row>
constexpr int fieldCount = std::tuple_size_v<decltype(std::declval<Row&>().fields())>;

// From columns `first` on. False when the checksum in the column after them says that the row is not what was written.
template <class Row>
bool readRow(Statement& statement, Row& row, int first = 0)
{
    int column = first;
    std::apply([&](auto&... field) { (detail::readField(statement, column++, field), ...); }, row.fields());
    return checksumOf(row) == statement.integer(column);
}

// SELECT of the columns that readRow() wants; `rest` is the WHERE and what follows it.
template <class Row>
std::string selectSql(const std::string& rest = {}, const char* checksum = "checksum")
{
    return std::string("SELECT ") + Row::columns + ", " + checksum + " FROM " + Row::table + " " + rest;
}

enum class Insert { New, OrReplace };

// Of the row's columns and of `more` further ones, the checksum first, which `moreNames` names.
template <class Row>
std::string insertSql(Insert insert = Insert::New, int more = 1, const char* moreNames = ", checksum")
{
    std::string sql = insert == Insert::New ? "INSERT INTO " : "INSERT OR REPLACE INTO ";
    sql += std::string(Row::table) + " (" + Row::columns + moreNames + ") VALUES (?";
    for (int i = 1; i < fieldCount<Row> + more; ++i)
        sql += ",?";
    return sql + ")";
}

// Binds the row and its checksum, which it returns; further columns are bound by the caller.
template <class Row>
std::int64_t bindRow(Statement& statement, Row& row)
{
    int index = 0;
    std::apply([&](auto&... field) { (detail::bindField(statement, index++, field), ...); }, row.fields());
    std::int64_t checksum = checksumOf(row);
    statement.bind(index, checksum);
    return checksum;
}

template <class Row>
std::int64_t insertRow(Statement& statement, Row& row)
{
    statement.reset();
    std::int64_t checksum = bindRow(statement, row);
    statement.run();
    return checksum;
}

} // namespace ahascope::store
