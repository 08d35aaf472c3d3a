// The statements of RunDatabase, prepared once: preparing costs more than running.
#pragma once

#include "core/store/run_database.h"

namespace ahascope::store {

struct RunDatabase::Statements {
    explicit Statements(Database& database)
        : layout(database.prepare(insertSql<LayoutRow>()))
        , record(database.prepare(insertSql<RecordRow>(Insert::New, 2, ", checksum, chain")))
        , group(database.prepare(insertSql<GroupRow>(Insert::New, 3, ", texts_checksum, tokens, tokens_checksum")))
        , sample(database.prepare(insertSql<StoredSample>()))
        , search(database.prepare("INSERT INTO search (rowid, completion) VALUES (?, ?)"))
        , tail(database.prepare(insertSql<TailRow>(Insert::OrReplace)))
        , log(database.prepare(insertSql<LogRow>()))
        , state(database.prepare(insertSql<StateRow>(Insert::OrReplace)))
        , stage(database.prepare(insertSql<StageRow>(Insert::OrReplace)))
        , attempt(database.prepare(insertSql<AttemptRow>(Insert::OrReplace)))
        , checkpoint(database.prepare(insertSql<CheckpointRow>()))
    {
    }

    Statement layout, record, group, sample, search, tail, log, state, stage, attempt, checkpoint;
};

} // namespace ahascope::store
