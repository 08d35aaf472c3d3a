#include "core/store/sample_query.h"

#include "core/store/rows.h"
#include "core/store/run_reader_state.h"
#include "core/store/search_text.h"

namespace ahascope::store {

namespace {

const char* sortKey(SampleSort sort)
{
    switch (sort) {
    case SampleSort::Step:
        return "s.id"; // samples are numbered as they come
    case SampleSort::Reward:
        return "coalesce(s.reward, -9e999)"; // what could not be graded comes before the worst
    case SampleSort::Length:
        return "s.length";
    case SampleSort::Reflections:
        return "s.reflections";
    case SampleSort::Mixing:
        return "s.mixing";
    case SampleSort::Advantage:
        return "s.advantage";
    }
    return "s.id";
}

class Builder {
public:
    explicit Builder(const SampleQuery& query) : m_query(query) { }

    SampleSql build(const std::optional<SampleCursor>& after, std::size_t limit)
    {
        const char* key = sortKey(m_query.sort);
        addSource();
        addRecordFilters();
        addSampleFilters();
        if (after)
            addCursor(key, *after);
        const char* direction = m_query.ascending ? "" : " DESC";
        m_out.sql = std::string("SELECT s.id, ") + key + m_from + " ORDER BY ";
        // Walking records and their samples in order is already the order of ids: no sorting then.
        if (m_query.sort == SampleSort::Step)
            m_out.sql
                += m_isWalk ? std::string("r.id") + direction + ", s.id" + direction : std::string("s.id") + direction;
        else
            m_out.sql += std::string(key) + direction + ", s.id" + direction;
        m_out.sql += " LIMIT " + std::to_string(limit);
        return std::move(m_out);
    }

private:
    template <class Value>
    void condition(const std::string& sql, Value value)
    {
        m_from += " AND " + sql;
        m_out.values.emplace_back(std::move(value));
    }

    void addSource()
    {
        if (!m_query.text.empty()) {
            std::string match = toSearchQuery(m_query.text);
            m_out.matchesNothing = match.empty();
            m_from = " FROM search CROSS JOIN samples s ON s.id = search.rowid CROSS JOIN records r ON r.id = s.record"
                     ", attempts a WHERE ";
            m_from += std::string(liveRecords);
            condition("search MATCH ?", match);
        } else if (m_query.problem) {
            m_from = " FROM groups g CROSS JOIN samples s ON s.id >= g.first_sample "
                     "AND s.id < g.first_sample + g.samples CROSS JOIN records r ON r.id = g.record, attempts a WHERE ";
            m_from += std::string(liveRecords);
        } else {
            m_isWalk = true;
            m_from = " FROM records r CROSS JOIN attempts a CROSS JOIN samples s ON s.id >= r.first_sample "
                     "AND s.id < r.first_sample + r.samples WHERE ";
            m_from += std::string(liveRecords);
        }
        if (m_query.problem) {
            const char* column
                = m_query.text.empty() ? "g.problem = ?" : "s.group_id IN (SELECT id FROM groups WHERE problem = ?)";
            condition(column, static_cast<std::int64_t>(*m_query.problem));
        }
    }

    void addRecordFilters()
    {
        if (m_query.stage)
            condition("r.stage = ?", std::int64_t{*m_query.stage});
        if (m_query.firstGlobalStep)
            condition("r.global_step >= ?", *m_query.firstGlobalStep);
        if (m_query.lastGlobalStep)
            condition("r.global_step <= ?", *m_query.lastGlobalStep);
        if (m_query.kind)
            condition("r.kind = ?", std::int64_t{*m_query.kind == SampleKind::Rollout ? StepRecord : EvaluationRecord});
        if (m_query.set)
            condition("r.held_out_set = ?", *m_query.set);
    }

    void addSampleFilters()
    {
        constexpr std::int64_t verdictFlags = SampleCorrect | SampleUngraded;
        constexpr std::int64_t none = 0;
        switch (m_query.verdict) {
        case Verdict::Any:
            break;
        case Verdict::Right:
            condition("s.flags & ? != 0", std::int64_t{SampleCorrect});
            break;
        case Verdict::Wrong:
            condition("s.flags & ?", verdictFlags);
            m_from += " = " + std::to_string(none);
            break;
        case Verdict::Ungraded:
            condition("s.flags & ? != 0", std::int64_t{SampleUngraded});
            break;
        }
    }

    void addCursor(const std::string& key, const SampleCursor& after)
    {
        const char* beyond = m_query.ascending ? ">" : "<";
        if (m_query.sort == SampleSort::Step) {
            if (m_isWalk) // skips whole records
                condition(m_query.ascending ? "r.first_sample + r.samples > ?" : "r.first_sample < ?", after.id);
            condition(std::string("s.id ") + beyond + " ?", after.id);
            return;
        }
        condition("(" + key + ", s.id) " + beyond + " (?, ", after.key);
        m_from += "?)";
        m_out.values.emplace_back(after.id);
    }

    const SampleQuery& m_query;
    SampleSql m_out;
    std::string m_from;
    bool m_isWalk = false;
};

} // namespace

SampleSql sampleSql(const SampleQuery& query, const std::optional<SampleCursor>& after, std::size_t limit)
{
    return Builder(query).build(after, limit);
}

} // namespace ahascope::store
