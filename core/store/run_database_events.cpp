#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/store/run_database.h"
#include "core/store/run_statements.h"
#include "core/store/search_text.h"

namespace ahascope::store {

using namespace pipeline;

namespace {

double finiteOrZero(double value)
{
    return std::isfinite(value) ? value : 0.0;
}

StoredSample storedSample(const Sample& sample)
{
    StoredSample row;
    row.number = sample.index;
    auto set = [&](bool on, SampleFlag flag) { row.flags |= on ? static_cast<std::int64_t>(flag) : 0; };
    set(sample.finish == FinishReason::Length, SampleCutOff);
    set(sample.correct, SampleCorrect);
    set(sample.correctLenient, SampleCorrectLenient);
    set(sample.wellFormed, SampleWellFormed);
    set(sample.emptyThink, SampleEmptyThink);
    set(sample.ungraded, SampleUngraded);
    set(sample.rescued, SampleRescued);
    set(sample.mixed, SampleMixed);
    row.length = static_cast<std::int64_t>(sample.ids.size());
    row.reflections = sample.reflections;
    if (sample.reward && std::isfinite(*sample.reward))
        row.reward = sample.reward;
    row.advantage = finiteOrZero(sample.advantage);
    row.mixing = finiteOrZero(sample.mixing);
    row.repetition = finiteOrZero(sample.repetition);
    return row;
}

std::string namesOf(const Metrics& metrics)
{
    std::string names;
    for (const auto& metric : metrics)
        (names += metric.first) += '\n';
    return names;
}

Blob valuesOf(const Metrics& metrics)
{
    Blob blob;
    for (const auto& metric : metrics)
        blob.bytes.append(reinterpret_cast<const char*>(&metric.second), sizeof metric.second);
    return blob;
}

// What the log says of the end of a run.
std::string endText(const RunFinished& finished)
{
    constexpr std::array texts = {"Finished", "Stopped", "Failed"};
    std::string text = texts.at(static_cast<std::size_t>(finished.outcome));
    return finished.failure ? text + ": " + finished.failure->summary : text;
}

} // namespace

void RunDatabase::write(const RunEvent& event)
{
    const Position& at = event.at;
    if (const auto* started = std::get_if<RunStarted>(&event.what)) {
        beginAttempt(at, *started);
    } else if (const auto* stage = std::get_if<StageStarted>(&event.what)) {
        beginStage(at, stage->steps);
    } else if (const auto* step = std::get_if<StepFinished>(&event.what)) {
        addRecord(StepRecord, at, {}, step->metrics, step->samples);
    } else if (const auto* evaluation = std::get_if<EvaluationFinished>(&event.what)) {
        addRecord(EvaluationRecord, at, evaluation->set, evaluation->metrics, evaluation->samples);
    } else if (const auto* saved = std::get_if<CheckpointSaved>(&event.what)) {
        addCheckpoint(at, *saved);
    } else if (const auto* notice = std::get_if<Notice>(&event.what)) {
        addLog(at, notice->level == Notice::Level::Warning, notice->text);
    } else if (std::holds_alternative<StageFinished>(event.what)) {
        addLog(at, 0, "Stage " + at.stageName + " finished");
    } else if (std::holds_alternative<RunPaused>(event.what)) {
        setState(RunState::Paused);
        addLog(at, 0, "Paused");
    } else if (std::holds_alternative<RunContinued>(event.what)) {
        setState(RunState::Running);
        addLog(at, 0, "Continued");
    } else if (const auto* finished = std::get_if<RunFinished>(&event.what)) {
        constexpr std::array states = {RunState::Finished, RunState::Stopped, RunState::Failed};
        setState(states.at(static_cast<std::size_t>(finished->outcome)), finished->failure);
        addLog(at, finished->failure.has_value(), endText(*finished));
    }
}

void RunDatabase::beginAttempt(const Position& at, const RunStarted& started)
{
    std::vector<AttemptRow> attempts;
    {
        Statement select = m_database.prepare(selectSql<AttemptRow>());
        while (select.step()) {
            AttemptRow& row = attempts.emplace_back();
            if (!readRow(select, row))
                throw StoreError(StoreError::Kind::Corrupt, m_database.file(),
                    "attempt " + std::to_string(row.id) + " is damaged", "fork the run from a checkpoint");
        }
    }
    for (AttemptRow& row : attempts) {
        row.liveUntil = std::min(row.liveUntil, started.resumedFrom);
        insertRow(m_statements->attempt, row);
    }
    AttemptRow row{
        ++m_counters.tail.attempt, started.resumedFrom, AttemptRow::forever, millisecondsNow(), started.device};
    insertRow(m_statements->attempt, row);
    setState(RunState::Running);
    std::string text = started.resumedFrom < 0 ? "Started" : "Resumed from step " + std::to_string(started.resumedFrom);
    addLog(at, 0, text + " on " + started.device);
}

void RunDatabase::setState(RunState state, const std::optional<Failure>& failure)
{
    StateRow row;
    row.state = static_cast<std::int64_t>(state);
    if (failure) {
        row.failureSummary = failure->summary;
        row.failureDetail = failure->detail;
    }
    insertRow(m_statements->state, row);
}

void RunDatabase::beginStage(const Position& at, std::int64_t steps)
{
    StageRow row{at.stage, at.stageName, steps, at.globalStep - at.step};
    insertRow(m_statements->stage, row);
    addLog(at, 0, "Stage " + at.stageName + " started, " + std::to_string(steps) + " steps");
}

std::int64_t RunDatabase::layoutOf(const Metrics& metrics)
{
    LayoutRow row{m_counters.nextLayout, namesOf(metrics)};
    auto [known, isNew] = m_layouts.try_emplace(row.names, row.id);
    if (isNew) {
        ++m_counters.nextLayout;
        insertRow(m_statements->layout, row);
    }
    return known->second;
}

void RunDatabase::addRecord(
    RecordKind kind, const Position& at, const std::string& set, const Metrics& metrics, const Samples& samples)
{
    if (m_counters.tail.attempt == 0)
        throw std::logic_error("a step or evaluation before RunStarted");
    RecordRow row;
    row.id = m_counters.tail.record + 1;
    row.kind = kind;
    row.attempt = m_counters.tail.attempt;
    row.stage = at.stage;
    row.step = at.step;
    row.globalStep = at.globalStep;
    row.seconds = finiteOrZero(at.seconds);
    row.set = set;
    row.layout = layoutOf(metrics);
    row.metrics = valuesOf(metrics);
    row.firstGroup = m_counters.nextGroup;
    row.firstSample = m_counters.nextSample;
    if (samples)
        row.contents = addSamples(row, *samples);
    row.groups = m_counters.nextGroup - row.firstGroup;
    row.samples = m_counters.nextSample - row.firstSample;

    Statement& insert = m_statements->record;
    insert.reset();
    std::int64_t checksum = bindRow(insert, row);
    m_counters.tail.chain = chained(m_counters.tail.chain, checksum);
    insert.bind(fieldCount<RecordRow> + 1, m_counters.tail.chain);
    insert.run();
    m_counters.tail.record = row.id;
}

std::int64_t RunDatabase::addSamples(const RecordRow& record, std::span<const Sample> samples)
{
    RowHash contents("contents");
    while (!samples.empty()) {
        std::size_t size = 1;
        std::size_t tokens = samples.front().ids.size();
        while (size < samples.size() && tokens < mostGroupTokens && sharesPrompt(samples.front(), samples[size]))
            tokens += samples[size++].ids.size();
        addGroup(record.id, samples.first(size), contents);
        samples = samples.subspan(size);
    }
    return contents.value();
}

void RunDatabase::addGroup(std::int64_t record, std::span<const Sample> samples, RowHash& contents)
{
    PackedGroup packed = m_packer.pack(samples);
    GroupRow group{m_counters.nextGroup++, record, samples.front().group, samples.front().row,
        static_cast<std::int64_t>(samples.front().problem), m_counters.nextSample,
        static_cast<std::int64_t>(samples.size()), {std::move(packed.texts)}};
    const Bytes tokens = std::as_bytes(std::span(packed.tokens));
    const std::int64_t tokensSum = tokensChecksum(group.id, tokens);
    Statement& insert = m_statements->group;
    insert.reset();
    contents.add(bindRow(insert, group), tokensSum);
    insert.bind(fieldCount<GroupRow> + 1, tokens);
    insert.bind(fieldCount<GroupRow> + 2, tokensSum);
    insert.run();
    std::int64_t place = 0;
    for (const Sample& sample : samples) {
        StoredSample row = storedSample(sample);
        row.id = m_counters.nextSample++;
        row.record = record;
        row.group = group.id;
        row.place = place++;
        contents.add(insertRow(m_statements->sample, row));
        m_statements->search.reset();
        m_statements->search.bind(0, row.id);
        m_statements->search.bind(1, std::string_view(toSearchText(sample.completion)));
        m_statements->search.run();
    }
}

void RunDatabase::addCheckpoint(const Position& at, const CheckpointSaved& saved)
{
    if (m_counters.tail.attempt == 0)
        throw std::logic_error("a checkpoint before RunStarted");
    CheckpointRow row;
    row.id = ++m_counters.tail.checkpoint;
    row.attempt = m_counters.tail.attempt;
    row.stage = at.stage;
    row.step = at.step;
    row.globalStep = at.globalStep;
    row.seconds = finiteOrZero(at.seconds);
    row.path = saved.path;
    row.bytes = static_cast<std::int64_t>(saved.bytes);
    row.manifestHash = saved.manifestHash;
    row.final = saved.final;
    insertRow(m_statements->checkpoint, row);
}

void RunDatabase::addLog(const Position& at, std::int64_t level, const std::string& text)
{
    LogRow row{++m_counters.tail.log, m_counters.tail.attempt, millisecondsNow(), at.stage, at.globalStep,
        finiteOrZero(at.seconds), level, text};
    insertRow(m_statements->log, row);
}

} // namespace ahascope::store
