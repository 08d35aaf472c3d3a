#include <algorithm>

#include "core/store/byte_stream.h"
#include "core/store/group_codec.h"
#include "core/store/run_reader_state.h"
#include "core/store/sample_query.h"
#include "core/text/utf8.h"

namespace ahascope::store {

using pipeline::Sample;

namespace {

constexpr std::size_t keptRecords = 4096;

std::string beginning(const std::string& text, int bytes)
{
    std::string_view part = std::string_view(text).substr(0, static_cast<std::size_t>(std::max(bytes, 0)));
    return std::string(part.substr(0, text::completeUtf8Length(part)));
}

std::string_view asText(Bytes bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// False when the row is damaged or missing. Leaves the statement ready, holding nothing of the file.
template <class Row>
bool readById(Statement& select, std::int64_t id, Row& row)
{
    bool whole = select.with(id).step() && readRow(select, row);
    select.reset();
    return whole;
}

struct IdAndKey {
    std::int64_t id = 0;
    double key = 0.0;
};

std::vector<IdAndKey> matching(
    Database& database, const SampleQuery& query, const std::optional<SampleCursor>& after, std::size_t limit)
{
    std::vector<IdAndKey> found;
    SampleSql sql = sampleSql(query, after, limit);
    if (sql.matchesNothing)
        return found;
    Statement select = database.prepare(sql.sql);
    for (int index = 0; const auto& value : sql.values)
        std::visit([&](const auto& bound) { select.bind(index++, bound); }, value);
    while (select.step())
        found.push_back({select.integer(0), select.real(1)});
    return found;
}

} // namespace

const RecordRow* RunReader::State::record(std::int64_t id)
{
    if (auto known = records.find(id); known != records.end())
        return &known->second;
    RecordRow row;
    if (!readById(selectRecord, id, row)) {
        note("records", id, "it is damaged or missing");
        return nullptr;
    }
    if (records.size() >= keptRecords)
        records.clear();
    row.metrics.bytes.clear(); // not needed here
    return &(records[id] = std::move(row));
}

const GroupRow* RunReader::State::group(std::int64_t id)
{
    if (lastGroup && lastGroup->id == id)
        return &*lastGroup;
    lastGroup.reset();
    lastTexts.clear();
    GroupRow row;
    if (!readById(selectGroup, id, row)) {
        note("groups", id, "it is damaged or missing");
        return nullptr;
    }
    return &lastGroup.emplace(std::move(row));
}

std::vector<Sample> RunReader::State::texts(const GroupRow& row)
{
    try {
        std::vector<Sample> samples = unpackTexts(row.texts.bytes);
        for (Sample& sample : samples) {
            sample.row = row.row;
            sample.problem = static_cast<std::uint64_t>(row.problem);
            sample.group = static_cast<std::int32_t>(row.number);
        }
        return samples;
    } catch (const BadBytes& bad) {
        note("groups", row.id, bad.what());
        return {};
    }
}

std::optional<StoredSample> RunReader::State::stored(std::int64_t id)
{
    StoredSample row;
    bool there = selectSample.with(id).step(); // a number that never was is no damage; verify() misses lost rows
    bool whole = there && readRow(selectSample, row);
    selectSample.reset();
    if (there && !whole)
        note("samples", id, "its checksum is wrong");
    return whole ? std::optional(row) : std::nullopt;
}

SampleRow RunReader::State::plainRow(const StoredSample& sample, const RecordRow& record, const GroupRow& group)
{
    SampleRow row;
    row.id = sample.id;
    row.kind = record.kind == StepRecord ? SampleKind::Rollout : SampleKind::Evaluation;
    row.stage = static_cast<std::int32_t>(record.stage);
    row.step = record.step;
    row.globalStep = record.globalStep;
    row.set = record.set;
    row.record = record.id;
    row.group = static_cast<std::int32_t>(group.number);
    row.index = static_cast<std::int32_t>(sample.number);
    row.row = group.row;
    row.problem = static_cast<std::uint64_t>(group.problem);
    row.reward = sample.reward;
    row.advantage = sample.advantage;
    row.length = sample.length;
    row.reflections = static_cast<std::int32_t>(sample.reflections);
    row.mixing = sample.mixing;
    row.repetition = sample.repetition;
    row.correct = sample.flags & SampleCorrect;
    row.correctLenient = sample.flags & SampleCorrectLenient;
    row.wellFormed = sample.flags & SampleWellFormed;
    row.ungraded = sample.flags & SampleUngraded;
    row.cutOff = sample.flags & SampleCutOff;
    row.mixed = sample.flags & SampleMixed;
    row.rescued = sample.flags & SampleRescued;
    row.emptyThink = sample.flags & SampleEmptyThink;
    return row;
}

std::optional<SampleRow> RunReader::State::tableRow(const StoredSample& sample, int previewBytes)
{
    const RecordRow* itsRecord = record(sample.record);
    const GroupRow* itsGroup = group(sample.group);
    if (!itsRecord || !itsGroup)
        return std::nullopt;
    SampleRow row = plainRow(sample, *itsRecord, *itsGroup);
    if (previewBytes <= 0)
        return row;
    if (lastTexts.empty())
        lastTexts = texts(*itsGroup);
    if (sample.place < 0 || static_cast<std::size_t>(sample.place) >= lastTexts.size())
        return std::nullopt; // texts() has said why
    const Sample& text = lastTexts[static_cast<std::size_t>(sample.place)];
    row.question = beginning(text.question, previewBytes);
    row.completion = beginning(text.completion, previewBytes);
    return row;
}

bool RunReader::State::unpackTokensOf(const GroupRow& group, std::vector<Sample>& samples)
{
    bool whole = false;
    if (selectTokens.with(group.id).step()) {
        whole = tokensChecksum(group.id, selectTokens.blob(0)) == selectTokens.integer(1);
        try {
            if (whole)
                unpackTokens(asText(selectTokens.blob(0)), samples);
            else
                note("groups", group.id, "the checksum of its tokens is wrong");
        } catch (const BadBytes& bad) {
            whole = false;
            note("groups", group.id, bad.what());
        }
    }
    selectTokens.reset();
    return whole;
}

std::vector<SampleDetail> RunReader::State::details(const GroupRow& group)
{
    std::vector<SampleDetail> details;
    std::vector<Sample> samples = texts(group);
    if (samples.empty() || !unpackTokensOf(group, samples))
        return details;
    const RecordRow* itsRecord = record(group.record);
    for (std::int64_t i = 0; itsRecord && i < std::min<std::int64_t>(group.samples, std::ssize(samples)); ++i)
        if (auto row = stored(endOf(group.firstSample, i)); row && row->group == group.id && row->place == i)
            details.push_back({plainRow(*row, *itsRecord, group), std::move(samples[static_cast<std::size_t>(i)])});
    for (SampleDetail& detail : details) {
        detail.row.question = detail.sample.question;
        detail.row.completion = detail.sample.completion;
    }
    return details;
}

std::optional<SampleSet> RunReader::sampleSetAt(SampleKind kind, std::int64_t globalStep)
{
    State::View view(*m_state);
    std::optional<SampleSet> found;
    m_state->eachRecord(
        "r.kind = ? AND r.samples > 0 AND r.global_step <= ?", "DESC",
        [&](const RecordRow& record) {
            found = sampleSetOf(record);
            return false;
        },
        kind == SampleKind::Rollout ? StepRecord : EvaluationRecord, globalStep);
    return found;
}

SamplePage RunReader::samples(const SampleQuery& query)
{
    constexpr int mostRows = 10'000;
    State::View view(*m_state);
    auto limit = static_cast<std::size_t>(std::clamp(query.limit, 1, mostRows));
    // One more than asked for tells whether there is a further page.
    std::vector<IdAndKey> found = matching(*m_state->database, query, query.after, limit + 1);
    SamplePage page;
    if (found.size() > limit) {
        found.resize(limit);
        page.next = SampleCursor{found.back().key, found.back().id};
    }
    for (const IdAndKey& each : found)
        if (auto stored = m_state->stored(each.id))
            if (auto row = m_state->tableRow(*stored, query.previewBytes))
                page.rows.push_back(std::move(*row));
    return page;
}

std::vector<std::int64_t> RunReader::sampleIds(const SampleQuery& query, std::size_t max)
{
    State::View view(*m_state);
    std::vector<IdAndKey> found = matching(*m_state->database, query, std::nullopt, max);
    std::vector<std::int64_t> ids(found.size());
    std::transform(found.begin(), found.end(), ids.begin(), [](const IdAndKey& each) { return each.id; });
    return ids;
}

std::vector<SampleRow> RunReader::rows(const std::vector<std::int64_t>& ids, int previewBytes)
{
    State::View view(*m_state);
    std::vector<SampleRow> rows;
    rows.reserve(ids.size());
    for (std::int64_t id : ids)
        if (auto stored = m_state->stored(id))
            if (auto row = m_state->tableRow(*stored, previewBytes))
                rows.push_back(std::move(*row));
    return rows;
}

std::optional<SampleDetail> RunReader::sample(std::int64_t id)
{
    for (SampleDetail& detail : group(id))
        if (detail.row.id == id)
            return std::move(detail);
    return std::nullopt;
}

std::vector<SampleDetail> RunReader::group(std::int64_t id)
{
    State::View view(*m_state);
    std::optional<StoredSample> stored = m_state->stored(id);
    const GroupRow* row = stored ? m_state->group(stored->group) : nullptr;
    return row ? m_state->details(*row) : std::vector<SampleDetail>();
}

std::vector<ProblemOutcome> RunReader::outcomes(std::int64_t record)
{
    State::View view(*m_state);
    std::map<std::uint64_t, ProblemOutcome> byProblem;
    Statement select = m_state->database->prepare(selectSql<StoredSample>("WHERE id >= ? AND id < ? ORDER BY id"));
    const RecordRow* of = m_state->record(record);
    if (!of)
        return {};
    select.with(of->firstSample, endOf(of->firstSample, of->samples));
    for (StoredSample stored; select.step();) {
        if (!readRow(select, stored)) {
            m_state->note("samples", stored.id, "its checksum is wrong");
            continue;
        }
        constexpr int wholeQuestion = 1 << 20;
        std::optional<SampleRow> row = m_state->tableRow(stored, wholeQuestion);
        if (!row)
            continue;
        auto [found, isNew] = byProblem.try_emplace(row->problem);
        ProblemOutcome& outcome = found->second;
        if (isNew) {
            outcome.problem = row->problem;
            outcome.row = row->row;
            outcome.question = row->question;
            outcome.firstSample = row->id;
        }
        ++outcome.samples;
        outcome.correct += row->correct;
        outcome.ungraded += row->ungraded;
        outcome.meanLength += static_cast<double>(row->length);
    }
    std::vector<ProblemOutcome> outcomes;
    for (auto& [problem, outcome] : byProblem) {
        outcome.meanLength /= outcome.samples;
        outcomes.push_back(std::move(outcome));
    }
    return outcomes;
}

} // namespace ahascope::store
