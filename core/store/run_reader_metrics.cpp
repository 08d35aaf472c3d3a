#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "core/store/run_reader_state.h"

namespace ahascope::store {

using pipeline::Metrics;

namespace {

std::vector<std::string> split(const std::string& names)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < names.size();) {
        std::size_t end = std::min(names.find('\n', at), names.size());
        parts.push_back(names.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::size_t valueCount(const RecordRow& record)
{
    return record.metrics.bytes.size() / sizeof(double);
}

double valueAt(const RecordRow& record, std::size_t index)
{
    double value = 0.0;
    std::memcpy(&value, record.metrics.bytes.data() + index * sizeof value, sizeof value);
    return value;
}

} // namespace

std::string RunReader::State::qualified(const std::string& alias, const std::string& columns)
{
    std::string out = alias + ".";
    for (char letter : columns) {
        out += letter;
        if (letter == ' ')
            out += alias + ".";
    }
    return out;
}

SampleSet sampleSetOf(const RecordRow& record)
{
    SampleSet set;
    set.record = record.id;
    set.kind = record.kind == StepRecord ? SampleKind::Rollout : SampleKind::Evaluation;
    set.stage = static_cast<std::int32_t>(record.stage);
    set.step = record.step;
    set.globalStep = record.globalStep;
    set.seconds = record.seconds;
    set.set = record.set;
    set.samples = record.samples;
    return set;
}

const std::vector<std::string>& RunReader::State::layout(std::int64_t id)
{
    if (auto known = layouts.find(id); known != layouts.end())
        return known->second;
    Statement select = database->prepare(selectSql<LayoutRow>("WHERE id = ?"));
    select.with(id);
    LayoutRow row;
    if (!select.step() || !readRow(select, row))
        note("metric_layouts", id, "it is damaged or missing");
    else
        return layouts[id] = split(row.names);
    return layouts[id];
}

Metrics RunReader::State::metricsOf(const RecordRow& record)
{
    const std::vector<std::string>& names = layout(record.layout);
    Metrics metrics;
    metrics.reserve(names.size());
    for (std::size_t i = 0; i < std::min(names.size(), valueCount(record)); ++i)
        metrics.emplace_back(names[i], valueAt(record, i));
    return metrics;
}

std::vector<std::string> RunReader::metricNames()
{
    State::View view(*m_state);
    std::vector<std::int64_t> ids;
    Statement select = m_state->database->prepare("SELECT id FROM metric_layouts ORDER BY id");
    while (select.step())
        ids.push_back(select.integer(0));
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (std::int64_t id : ids)
        for (const std::string& name : m_state->layout(id))
            if (seen.insert(name).second)
                names.push_back(name);
    return names;
}

MetricSeries RunReader::metrics(const std::vector<std::string>& names, MetricCursor since)
{
    State::View view(*m_state);
    MetricSeries series;
    series.points.resize(names.size());
    series.next.attempt = m_state->database->integer("SELECT coalesce(max(id), 0) FROM attempts");
    series.restarted = since.record > 0 && since.attempt != series.next.attempt;
    if (series.restarted)
        since.record = 0;
    series.next.record = since.record;

    // For each layout: where the names asked for stand in it.
    std::unordered_map<std::int64_t, std::vector<std::pair<std::size_t, std::size_t>>> places;
    auto placesIn = [&](std::int64_t id) -> const auto&
    {
        auto [found, isNew] = places.try_emplace(id);
        if (isNew) {
            const std::vector<std::string>& known = m_state->layout(id);
            for (std::size_t i = 0; i < names.size(); ++i)
                if (auto at = std::find(known.begin(), known.end(), names[i]); at != known.end())
                    found->second.emplace_back(i, static_cast<std::size_t>(at - known.begin()));
        }
        return found->second;
    };
    m_state->eachRecord(
        "r.id > ?", "",
        [&](const RecordRow& record) {
            for (auto [name, place] : placesIn(record.layout))
                if (place < valueCount(record))
                    series.points[name].push_back({record.globalStep, record.seconds, valueAt(record, place)});
            series.next.record = record.id;
            return true;
        },
        since.record);
    return series;
}

Metrics RunReader::latest()
{
    const std::size_t wanted = metricNames().size();
    constexpr int mostLookedAt = 100'000; // a metric that was not seen for longer is no news
    State::View view(*m_state);
    Metrics metrics;
    std::set<std::string> seen;
    int lookedAt = 0;
    m_state->eachRecord(
        "r.id > ?", "DESC",
        [&](const RecordRow& record) {
            for (auto& metric : m_state->metricsOf(record))
                if (seen.insert(metric.first).second)
                    metrics.push_back(std::move(metric));
            return seen.size() < wanted && ++lookedAt < mostLookedAt;
        },
        0);
    return metrics;
}

void RunReader::forEachRecord(const std::function<void(const SampleSet&, const Metrics&)>& visit)
{
    State::View view(*m_state);
    m_state->eachRecord(
        "r.id > ?", "",
        [&](const RecordRow& record) {
            visit(sampleSetOf(record), m_state->metricsOf(record));
            return true;
        },
        0);
}

std::optional<SampleSet> RunReader::lastRecord()
{
    State::View view(*m_state);
    std::optional<SampleSet> last;
    m_state->eachRecord(
        "r.id > ?", "DESC",
        [&](const RecordRow& record) {
            last = sampleSetOf(record);
            return false;
        },
        0);
    return last;
}

std::vector<Evaluation> RunReader::evaluations()
{
    State::View view(*m_state);
    std::vector<Evaluation> evaluations;
    m_state->eachRecord(
        "r.kind = ?", "",
        [&](const RecordRow& record) {
            evaluations.push_back({sampleSetOf(record), m_state->metricsOf(record)});
            return true;
        },
        EvaluationRecord);
    return evaluations;
}

} // namespace ahascope::store
