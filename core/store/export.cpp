#include "core/store/export.h"

#include <charconv>
#include <cmath>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace ahascope::store {

using Json = nlohmann::ordered_json;
using pipeline::Metrics;
using pipeline::RuleScore;
using pipeline::Sample;

namespace {

// The shortest text that reads back as the same number; nothing for what is not a number.
std::string toText(double value)
{
    if (!std::isfinite(value))
        return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    char buffer[32];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

std::string toHex(std::uint64_t value)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 16; i-- > 0; value >>= 4)
        text[i] = digits[value & 15];
    return text;
}

// RFC 4180: quoted where it must be.
std::string csvField(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (char letter : text) {
        if (letter == '"')
            quoted += '"';
        quoted += letter;
    }
    return quoted + "\"";
}

Json number(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

void writeLine(std::ostream& out, const Json& json)
{
    out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

// Throws what a full disk or a closed pipe would hide.
void finish(std::ostream& out)
{
    if (!out.flush())
        throw std::runtime_error("the export could not be written; is the disk full?");
}

std::map<std::int32_t, std::string> stageNames(RunReader& reader)
{
    std::map<std::int32_t, std::string> names;
    for (const StageInfo& stage : reader.stages())
        names[stage.stage] = stage.name;
    return names;
}

const char* toString(pipeline::RuleStatus status)
{
    switch (status) {
    case pipeline::RuleStatus::Graded:
        return "graded";
    case pipeline::RuleStatus::NotApplicable:
        return "not_applicable";
    case pipeline::RuleStatus::Ungraded:
        return "ungraded";
    case pipeline::RuleStatus::Error:
        return "error";
    }
    return "error";
}

Json rulesOf(const Sample& sample)
{
    Json rules = Json::object();
    for (const RuleScore& score : sample.scores)
        rules[score.rule] = {{"score", score.score ? number(*score.score) : Json(nullptr)},
            {"weight", number(score.weight)}, {"status", toString(score.status)}, {"reason", score.reason}};
    return rules;
}

// Everything but tokens, in the documented order.
Json fieldsOf(const SampleDetail& detail, const std::string& stage)
{
    const SampleRow& row = detail.row;
    const Sample& sample = detail.sample;
    Json columns = Json::parse(sample.columns, nullptr, false);
    Json out;
    out["id"] = row.id;
    out["event"] = row.kind == SampleKind::Rollout ? "rollout" : "evaluation";
    out["stage"] = stage;
    out["step"] = row.step;
    out["global_step"] = row.globalStep;
    out["set"] = row.set;
    out["group"] = sample.group;
    out["index"] = sample.index;
    out["row"] = sample.row;
    out["problem"] = toHex(sample.problem);
    out["question"] = sample.question;
    out["answer"] = sample.answer;
    out["prompt"] = sample.prompt;
    out["completion"] = sample.completion;
    out["extracted"] = sample.extracted;
    out["reward"] = sample.reward ? number(*sample.reward) : Json(nullptr);
    out["advantage"] = number(sample.advantage);
    out["correct"] = sample.correct;
    out["correct_lenient"] = sample.correctLenient;
    out["well_formed"] = sample.wellFormed;
    out["ungraded"] = sample.ungraded;
    out["empty_think"] = sample.emptyThink;
    out["rescued"] = sample.rescued;
    out["finish_reason"] = sample.finish == pipeline::FinishReason::Stop ? "stop" : "length";
    out["length"] = row.length;
    out["reflections"] = sample.reflections;
    out["mixed"] = sample.mixed;
    out["mixing"] = number(sample.mixing);
    out["target_ratio"] = number(sample.targetRatio);
    out["repetition"] = number(sample.repetition);
    out["key"] = toHex(sample.key);
    out["columns"] = columns.is_object() ? columns : Json(sample.columns);
    out["rules"] = rulesOf(sample);
    return out;
}

std::string csvCell(const Json& value)
{
    if (value.is_null())
        return {};
    if (value.is_string())
        return csvField(value.get_ref<const std::string&>());
    if (value.is_number_float())
        return toText(value.get<double>());
    return csvField(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// Calls visit for every live completion, group by group.
template <class Visit>
void eachSample(RunReader& reader, const Visit& visit)
{
    const std::map<std::int32_t, std::string> stages = stageNames(reader);
    std::vector<std::int64_t> ids = reader.sampleIds({});
    for (std::size_t at = 0; at < ids.size();) {
        std::vector<SampleDetail> group = reader.group(ids[at]);
        std::int64_t last = ids[at];
        for (const SampleDetail& detail : group) {
            auto stage = stages.find(detail.row.stage);
            visit(detail, stage == stages.end() ? std::string() : stage->second);
            last = std::max(last, detail.row.id);
        }
        while (at < ids.size() && ids[at] <= last)
            ++at;
    }
}

struct RecordFields {
    const SampleSet& set;
    const std::map<std::int32_t, std::string>& stages;

    const char* event() const { return set.kind == SampleKind::Rollout ? "step" : "evaluation"; }
    std::string stage() const
    {
        auto found = stages.find(set.stage);
        return found == stages.end() ? std::string() : found->second;
    }
};

} // namespace

void exportMetricsCsv(RunReader& reader, std::ostream& out)
{
    const std::vector<std::string> names = reader.metricNames();
    const std::map<std::int32_t, std::string> stages = stageNames(reader);
    out << "event,stage,step,global_step,time,set";
    for (const std::string& name : names)
        out << ',' << csvField(name);
    out << '\n';
    reader.forEachRecord([&](const SampleSet& set, const Metrics& metrics) {
        RecordFields fields{set, stages};
        out << fields.event() << ',' << csvField(fields.stage()) << ',' << set.step << ',' << set.globalStep << ','
            << toText(set.seconds) << ',' << csvField(set.set);
        std::map<std::string_view, double> values(metrics.begin(), metrics.end());
        for (const std::string& name : names) {
            auto found = values.find(name);
            out << ',' << (found == values.end() ? std::string() : toText(found->second));
        }
        out << '\n';
    });
    finish(out);
}

void exportMetricsJsonLines(RunReader& reader, std::ostream& out)
{
    const std::map<std::int32_t, std::string> stages = stageNames(reader);
    reader.forEachRecord([&](const SampleSet& set, const Metrics& metrics) {
        RecordFields fields{set, stages};
        Json line = {{"event", fields.event()}, {"stage", fields.stage()}, {"step", set.step},
            {"global_step", set.globalStep}, {"time", set.seconds}};
        if (set.kind == SampleKind::Evaluation)
            line["set"] = set.set;
        for (const auto& [name, value] : metrics)
            line[name] = number(value);
        writeLine(out, line);
    });
    finish(out);
}

void exportSamplesCsv(RunReader& reader, std::ostream& out)
{
    bool isFirst = true;
    auto header = [&](const Json& fields) {
        std::string separator;
        for (const auto& [name, value] : fields.items()) {
            out << separator << name;
            separator = ",";
        }
        out << '\n';
    };
    eachSample(reader, [&](const SampleDetail& detail, const std::string& stage) {
        const Json fields = fieldsOf(detail, stage);
        if (std::exchange(isFirst, false))
            header(fields);
        std::string separator;
        for (const auto& [name, value] : fields.items()) {
            out << separator << csvCell(value);
            separator = ",";
        }
        out << '\n';
    });
    if (isFirst)
        header(fieldsOf({}, {}));
    finish(out);
}

void exportSamplesJsonLines(RunReader& reader, std::ostream& out)
{
    eachSample(reader, [&](const SampleDetail& detail, const std::string& stage) {
        Json line = fieldsOf(detail, stage);
        line["prompt_ids"] = detail.sample.promptIds;
        line["ids"] = detail.sample.ids;
        line["logprobs"] = detail.sample.logProbs;
        line["entropies"] = detail.sample.entropies;
        writeLine(out, line);
    });
    finish(out);
}

void exportConfigToml(RunReader& reader, std::ostream& out)
{
    out << reader.info().description.experiment;
    finish(out);
}

} // namespace ahascope::store
