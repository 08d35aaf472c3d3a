// The tables of the two databases, their versions, and the way from an older one to today's.
#pragma once

#include <filesystem>
#include <string>

#include "core/store/sqlite.h"

namespace ahascope::store {

// One kind of database: its application id, and for each version the SQL that leads to it from the one before. The
// first entry makes version 1 out of nothing. Published entries are never changed.
struct Schema {
    const char* what; // "run", for messages
    std::int64_t applicationId;
    std::span<const char* const> versions;

    std::int64_t version() const { return static_cast<std::int64_t>(versions.size()); }
};

const Schema& runSchema();
const Schema& catalogueSchema();

enum class SchemaState { Empty, Older, Current };

// Whose file this is and how old. Throws StoreError: Corrupt for a file of another kind or with triggers or views,
// NewerVersion.
SchemaState inspect(Database& database, const Schema& schema);

// Makes the tables in an empty database.
void createTables(Database& database, const Schema& schema);

// Copies the file beside itself ("run.db.version-1") and leads it to today's version in one transaction; a file that is
// there already is left alone. The caller holds the right to write it.
void migrate(Database& database, const Schema& schema);

} // namespace ahascope::store
