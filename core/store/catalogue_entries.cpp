#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "core/problem.h"
#include "core/store/catalogue_state.h"
#include "core/store/run_database.h"
#include "core/store/run_reader.h"
#include "core/text/nearest_name.h"

namespace ahascope::store {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

// Size and time of the file and of its log: equal texts mean equal contents, but for changes within one clock tick.
std::string fingerprint(const fs::path& folder, std::uint64_t& bytes)
{
    std::string print;
    bytes = 0;
    for (const char* name : {"run.db", "run.db-wal"}) {
        struct stat status = {};
        if (::stat((folder / name).c_str(), &status) != 0)
            continue;
        bytes += static_cast<std::uint64_t>(status.st_size);
        print += std::to_string(status.st_size) + "@" + std::to_string(status.st_mtim.tv_sec) + "."
            + std::to_string(status.st_mtim.tv_nsec) + " ";
    }
    return print;
}

// Names and members of the optional figures, for the way into the catalogue and back.
using Figure = std::optional<double> RunFigures::*;
constexpr std::pair<const char*, Figure> figureNames[] = {
    {"accuracy", &RunFigures::accuracy},
    {"reward", &RunFigures::reward},
    {"mean_length", &RunFigures::meanLength},
    {"eval_first", &RunFigures::evalFirst},
    {"eval_last", &RunFigures::evalLast},
    {"eval_best", &RunFigures::evalBest},
    {"eval_length_first", &RunFigures::evalLengthFirst},
    {"eval_length_last", &RunFigures::evalLengthLast},
    {"eval_reflections_first", &RunFigures::evalReflectionsFirst},
    {"eval_reflections_last", &RunFigures::evalReflectionsLast},
};

std::string toText(const RunFigures& figures)
{
    Json json = {{"stage", figures.stage}, {"global_step", figures.globalStep}, {"total_steps", figures.totalSteps},
        {"seconds", figures.seconds}};
    for (const auto& [name, figure] : figureNames)
        if (figures.*figure)
            json[name] = *(figures.*figure);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RunFigures figuresFrom(const std::string& text)
{
    RunFigures figures;
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        return figures;
    auto number = [&](const char* name) -> std::optional<double> {
        auto found = json.find(name);
        return found != json.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
    };
    if (auto stage = json.find("stage"); stage != json.end() && stage->is_string())
        figures.stage = stage->get<std::string>();
    figures.globalStep = static_cast<std::int64_t>(number("global_step").value_or(0));
    figures.totalSteps = static_cast<std::int64_t>(number("total_steps").value_or(0));
    figures.seconds = number("seconds").value_or(0);
    for (const auto& [name, figure] : figureNames)
        figures.*figure = number(name);
    return figures;
}

std::optional<double> valueOf(const pipeline::Metrics& metrics, std::initializer_list<const char*> names)
{
    for (const char* name : names)
        for (const auto& metric : metrics)
            if (metric.first == name)
                return metric.second;
    return std::nullopt;
}

void addEvaluations(RunFigures& figures, const std::vector<Evaluation>& evaluations)
{
    for (const Evaluation& evaluation : evaluations) {
        auto score = valueOf(evaluation.metrics, {"eval/pass@1", "eval/accuracy"});
        if (!score)
            continue;
        auto length = valueOf(evaluation.metrics, {"eval/mean_length", "eval/completions/mean_length"});
        auto reflections = valueOf(evaluation.metrics, {"eval/reflection/per_completion"});
        if (!figures.evalFirst) {
            figures.evalFirst = score;
            figures.evalLengthFirst = length;
            figures.evalReflectionsFirst = reflections;
        }
        figures.evalLast = score;
        figures.evalLengthLast = length;
        figures.evalReflectionsLast = reflections;
        figures.evalBest = std::max(figures.evalBest.value_or(*score), *score);
    }
}

RunFigures figuresOf(RunReader& reader)
{
    RunFigures figures;
    for (const StageInfo& stage : reader.stages()) {
        figures.stage = stage.name;
        figures.totalSteps = stage.firstGlobalStep + stage.steps; // a fork's begins with its parent's
    }
    if (auto last = reader.lastRecord()) {
        figures.globalStep = last->globalStep;
        figures.seconds = last->seconds;
    }
    const pipeline::Metrics latest = reader.latest();
    figures.accuracy = valueOf(latest, {"accuracy"});
    figures.reward = valueOf(latest, {"reward"});
    figures.meanLength = valueOf(latest, {"completions/mean_length"});
    addEvaluations(figures, reader.evaluations());
    return figures;
}

std::vector<std::string> lines(const std::string& text)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = std::min(text.find('\n', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

bool isActive(RunState state)
{
    return state == RunState::Running || state == RunState::Paused;
}

} // namespace

void Catalogue::State::addFound(const std::string& folderName)
{
    RunInfo info;
    try {
        info = RunReader(folderOf(folderName)).info();
    } catch (const StoreError&) {
        info.name = folderName; // listed all the same, with what is wrong: see refresh()
    }
    Statement moved = database->prepare("SELECT number, folder FROM runs WHERE uid = ? AND uid <> ''");
    moved.with(info.uid);
    while (moved.step())
        if (!fs::exists(folderOf(moved.text(1)))) {
            std::int64_t number = moved.integer(0);
            moved.reset();
            database->prepare("UPDATE runs SET folder = ?, seen = '' WHERE number = ?").run(folderName, number);
            return;
        }
    Lineage parent = info.parent.value_or(Lineage{});
    database
        ->prepare("INSERT INTO runs (name, folder, uid, created, parent_uid, parent_name, parent_step) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)")
        .run(freeName(info.name), folderName, info.uid, info.created, parent.uid, parent.name, parent.step);
}

void Catalogue::State::discover()
{
    if (readOnly)
        return;
    std::error_code ignored;
    std::vector<std::string> found;
    Statement known = database->prepare("SELECT 1 FROM runs WHERE folder = ?");
    for (const auto& entry : fs::directory_iterator(runs, ignored)) {
        std::string name = entry.path().filename().string();
        if (!name.starts_with('.') && !known.with(name).step() && holdsRun(entry.path()))
            found.push_back(std::move(name));
        known.reset();
    }
    if (found.empty())
        return;
    std::sort(found.begin(), found.end());
    Transaction transaction(*database, Transaction::Kind::Write);
    for (const std::string& name : found)
        if (!known.with(name).step()) // another program may have been faster
            addFound(name);
    known.reset();
    transaction.commit();
}

void Catalogue::State::refresh(RunEntry& entry, const std::string& seen)
{
    const std::string now = fingerprint(entry.folder, entry.bytes);
    // Of a run that nobody holds any more the end may have been written in the clock tick of the last look.
    const bool certain = !isActive(entry.state) || leaseHolder(entry.folder);
    if (now == seen && !now.empty() && certain)
        return;
    try {
        RunReader reader(entry.folder);
        RunInfo info = reader.info();
        entry.uid = info.uid;
        entry.state = info.state;
        entry.created = info.created;
        entry.device = info.device.empty() ? info.description.device : info.device;
        entry.failure = info.failure ? info.failure->summary : "";
        entry.figures = figuresOf(reader);
    } catch (const std::exception& error) {
        entry.damage = error.what();
        return;
    }
    remember(entry, now);
}

void Catalogue::State::remember(const RunEntry& entry, const std::string& seen)
{
    if (readOnly)
        return;
    // Stored as it was read: whether an active run has been interrupted is asked each time.
    auto state = entry.state == RunState::Interrupted ? RunState::Running : entry.state;
    try {
        database
            ->prepare("UPDATE runs SET uid = ?, created = ?, seen = ?, state = ?, device = ?, failure = ?, "
                      "figures = ? WHERE number = ?")
            .run(entry.uid, entry.created, seen, state, entry.device, entry.failure, toText(entry.figures),
                entry.number);
    } catch (const StoreError& error) {
        if (error.kind() != StoreError::Kind::DiskFull && error.kind() != StoreError::Kind::InUse)
            throw;
        // Only remembered to be faster: the list is shown all the same.
    }
}

std::vector<RunEntry> Catalogue::State::entries(const std::string& where)
{
    std::vector<RunEntry> entries;
    std::vector<std::string> seen;
    Statement select = database->prepare(
        "SELECT r.number, r.name, r.folder, r.uid, r.created, r.notes, r.tags, r.rating, r.seen, r.state, r.device, "
        "r.failure, r.figures, r.parent_uid, r.parent_name, r.parent_step, coalesce(p.number, 0) "
        "FROM runs r LEFT JOIN runs p ON p.uid = r.parent_uid AND p.uid <> '' "
        + where + " GROUP BY r.number ORDER BY r.number");
    while (select.step()) {
        RunEntry& entry = entries.emplace_back();
        entry.number = select.integer(0);
        entry.name = select.text(1);
        entry.folder = folderOf(select.text(2));
        entry.uid = select.text(3);
        entry.created = select.integer(4);
        entry.notes = select.text(5);
        entry.tags = lines(select.text(6));
        entry.rating = static_cast<int>(select.integer(7));
        seen.push_back(select.text(8));
        entry.state = static_cast<RunState>(std::clamp<std::int64_t>(select.integer(9), 0, 6));
        entry.device = select.text(10);
        entry.failure = select.text(11);
        entry.figures = figuresFrom(select.text(12));
        if (!select.text(13).empty())
            entry.parent = Lineage{select.integer(16), select.text(13), select.text(14), select.integer(15)};
    }
    select.reset();
    for (std::size_t i = 0; i < entries.size(); ++i)
        refresh(entries[i], seen[i]);
    return entries;
}

std::string Catalogue::State::folderName(std::int64_t number)
{
    Statement select = database->prepare("SELECT folder FROM runs WHERE number = ?");
    if (!select.with(number).step())
        throw InputError({store.string(), "there is no run " + std::to_string(number), "see ahascope-cli list"});
    return select.text(0);
}

void Catalogue::State::requireRun(std::int64_t number)
{
    folderName(number);
}

std::vector<RunEntry> Catalogue::list()
{
    m_state->discover();
    return m_state->entries("");
}

RunEntry Catalogue::entry(std::int64_t number)
{
    m_state->requireRun(number);
    return m_state->entries("WHERE r.number = " + std::to_string(number)).front();
}

RunEntry Catalogue::find(std::string_view numberOrName)
{
    m_state->discover();
    std::int64_t number = 0;
    const char* end = numberOrName.data() + numberOrName.size();
    auto [parsed, error] = std::from_chars(numberOrName.data(), end, number);
    if (error == std::errc() && parsed == end)
        return entry(number);
    Statement select = m_state->database->prepare("SELECT number FROM runs WHERE name = ?");
    select.bind(0, numberOrName);
    if (select.step()) {
        number = select.integer(0);
        select.reset();
        return entry(number);
    }
    std::vector<std::string> names;
    Statement all = m_state->database->prepare("SELECT name FROM runs ORDER BY number");
    while (all.step())
        names.push_back(all.text(0));
    std::string remedy = names.empty() ? "the store is empty" : text::nameRemedy(numberOrName, names);
    throw InputError({m_folder.string(), "there is no run \"" + std::string(numberOrName) + "\"", remedy});
}

} // namespace ahascope::store
