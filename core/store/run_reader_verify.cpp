#include <algorithm>
#include <vector>

#include "core/store/run_reader_state.h"

namespace ahascope::store {

namespace {

class Verifier {
public:
    explicit Verifier(Database& database) : m_database(database) { }

    std::vector<Damage> verify()
    {
        guarded("file", [&] { checkStructure(); });
        checkTable<RunRow>();
        checkTable<DatasetRow>();
        checkTable<StateRow>();
        checkTable<AttemptRow>();
        checkTable<StageRow>();
        checkTable<LayoutRow>();
        checkTable<CheckpointRow>();
        checkTable<LogRow>();
        guarded("tail", [&] { readTail(); });
        guarded("records", [&] { checkRecords(); });
        guarded("log", [&] {
            if (m_database.integer("SELECT count(*) FROM log") != m_tail.log)
                add("log", 0, "entries are missing");
        });
        return std::move(m_damage);
    }

private:
    void add(const char* table, std::int64_t row, const std::string& what)
    {
        if (m_damage.size() < mostNoted)
            m_damage.push_back({table, row, what});
    }

    // Up to `end`, which a damaged number may put anywhere.
    void addMissingRecords(std::int64_t first, std::int64_t end)
    {
        for (; first < end && m_damage.size() < mostNoted; ++first)
            add("records", first, "it is missing");
    }

    // A part that cannot be read at all is one damage; the others are still looked at.
    template <class Check>
    void guarded(const char* table, const Check& check)
    {
        try {
            check();
        } catch (const StoreError& error) {
            if (error.kind() == StoreError::Kind::Interrupted)
                throw;
            add(table, 0, error.what());
        }
    }

    void checkStructure()
    {
        Statement check = m_database.prepare("PRAGMA integrity_check(100)");
        while (check.step())
            if (check.text(0) != "ok")
                add("file", 0, check.text(0));
    }

    template <class Row>
    void checkTable()
    {
        guarded(Row::table, [&] {
            Statement select = m_database.prepare(selectSql<Row>());
            std::int64_t rows = 0;
            for (Row row; select.step(); ++rows)
                if (!readRow(select, row))
                    add(Row::table, row.id, "its checksum is wrong");
            bool isSingle = std::is_same_v<Row, RunRow> || std::is_same_v<Row, StateRow>;
            if (isSingle && rows != 1)
                add(Row::table, 1, "it is missing");
        });
    }

    void readTail()
    {
        Statement select = m_database.prepare(selectSql<TailRow>());
        if (!select.step() || !readRow(select, m_tail))
            add("tail", 1, "it is damaged or missing");
        else if (m_database.integer("SELECT count(*) FROM attempts") != m_tail.attempt)
            add("attempts", 0, "rows are missing");
    }

    void checkRecords()
    {
        Statement select = m_database.prepare(
            std::string("SELECT ") + RecordRow::columns + ", checksum, chain FROM records ORDER BY id");
        std::int64_t chain = 0;
        std::int64_t expected = 1;
        for (RecordRow record; select.step(); expected = endOf(std::max(expected, record.id), 1)) {
            bool whole = readRow(select, record);
            addMissingRecords(expected, record.id);
            if (!whole)
                add("records", record.id, "its checksum is wrong");
            std::int64_t stored = select.integer(fieldCount<RecordRow> + 1);
            if (whole && chained(chain, select.integer(fieldCount<RecordRow>)) != stored)
                add("records", record.id, "it does not follow from the one before");
            chain = stored;
            if (whole)
                guarded("groups", [&] { checkContents(record); });
        }
        addMissingRecords(expected, endOf(m_tail.record, 1));
        if (chain != m_tail.chain)
            add("records", m_tail.record, "the last rows are not those that were written last");
    }

    void checkContents(const RecordRow& record)
    {
        RowHash contents("contents");
        Statement groups = m_database.prepare(std::string("SELECT ") + GroupRow::columns
            + ", texts_checksum, tokens, tokens_checksum FROM groups WHERE id >= ? AND id < ? ORDER BY id");
        Statement samples = m_database.prepare(selectSql<StoredSample>("WHERE id >= ? AND id < ? ORDER BY id"));
        groups.with(record.firstGroup, endOf(record.firstGroup, record.groups));
        const std::size_t before = m_damage.size();
        for (GroupRow group; groups.step();) {
            bool whole = readRow(groups, group);
            if (!whole)
                add("groups", group.id, "its checksum is wrong");
            constexpr int textsSum = fieldCount<GroupRow>;
            std::int64_t tokensSum = groups.integer(textsSum + 2);
            if (tokensChecksum(group.id, groups.blob(textsSum + 1)) != tokensSum)
                add("groups", group.id, "the checksum of its tokens is wrong");
            contents.add(groups.integer(textsSum), tokensSum);
            samples.with(group.firstSample, whole ? endOf(group.firstSample, group.samples) : group.firstSample);
            for (StoredSample sample; samples.step();) {
                if (!readRow(samples, sample))
                    add("samples", sample.id, "its checksum is wrong");
                contents.add(samples.integer(fieldCount<StoredSample>));
            }
        }
        bool isEmpty = record.groups == 0 && record.contents == 0;
        if (!isEmpty && m_damage.size() == before && contents.value() != record.contents)
            add("records", record.id, "groups or samples of it are missing or exchanged");
    }

    Database& m_database;
    std::vector<Damage> m_damage;
    TailRow m_tail;
};

} // namespace

std::vector<Damage> RunReader::verify()
{
    Transaction read(*m_state->database, Transaction::Kind::Read);
    return Verifier(*m_state->database).verify();
}

} // namespace ahascope::store
