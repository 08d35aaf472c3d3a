#include "core/pipeline/run_recorder.h"

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "core/config/toml.h"
#include "core/formats/atomic_file.h"
#include "core/pipeline/build_id.h"
#include "core/pipeline/control_socket.h"
#include "core/pipeline/data_files.h"
#include "core/pipeline/device.h"
#include "core/pipeline/preflight.h"
#include "core/pipeline/run_session.h"
#include "core/store/catalogue.h"
#include "core/store/run_reader.h"
#include "core/store/run_writer.h"

namespace ahascope::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr const char* checkpointsFolder = "checkpoints";

// A run ready to go: its place in the store, what it is, and what it goes on from.
struct Prepared {
    store::OpenedRun opened;
    config::Experiment experiment;
    SessionOptions session;
};

std::string rulesToml(const config::Experiment& experiment)
{
    config::Experiment rules;
    rules.rules = experiment.rules;
    return config::toToml(rules, config::SaveForm::Short, {});
}

store::Dataset describe(
    const config::Experiment& experiment, const std::string& name, const config::DataSource& source, bool training)
{
    data::Dataset dataset = openDataset(experiment, source, training);
    std::string origin = source.task.empty() ? source.path.string() : "task " + source.task;
    return {name, origin, dataset.hash(), static_cast<std::int64_t>(dataset.size())};
}

store::RunDescription describe(const config::Experiment& experiment, const kernels::Backend& backend)
{
    store::RunDescription description;
    description.experiment = config::toToml(experiment, config::SaveForm::SelfContained, {});
    description.templateText
        = experiment.prompt.text.empty() ? std::string(text::r1ZeroTemplate()) : experiment.prompt.text;
    description.recipe = rulesToml(experiment);
    description.datasets.push_back(describe(experiment, "train", experiment.data.train, true));
    for (const config::NamedData& set : experiment.data.eval)
        description.datasets.push_back(describe(experiment, set.name, set.source, false));
    description.seed = static_cast<std::uint64_t>(experiment.seed);
    description.build = buildId();
    description.device = backend.name();
    return description;
}

// The experiment's own device, unless the run was asked for another.
std::string deviceOf(const config::Experiment& experiment, const RunOptions& options)
{
    return options.device == "auto" ? experiment.device : options.device;
}

// What is wrong with the experiment on this machine, as the exception that bad input is.
void check(const config::Experiment& experiment, const std::string& device)
{
    std::vector<Problem> problems = preflight(experiment, device).problems;
    if (!problems.empty())
        throw InputError(std::move(problems));
}

Prepared prepare(const StartFresh& start, store::Catalogue& catalogue, const kernels::Backend& backend)
{
    config::Experiment experiment = withWholeTemplate(start.experiment);
    store::OpenedRun opened = catalogue.create({experiment.name, describe(experiment, backend)});
    SessionOptions session{opened.lease.folder() / checkpointsFolder, {}};
    return {std::move(opened), std::move(experiment), std::move(session)};
}

// The experiment of a stored run. Its paths are absolute already.
config::Experiment storedExperiment(store::RunReader& reader, const std::string& name)
{
    return config::parseExperiment(
        reader.info().description.experiment, name + " (stored experiment)", reader.folder());
}

// The last checkpoint of each finished stage, by the stage's name.
std::map<std::string, fs::path> stageEndsOf(
    store::RunReader& reader, const std::vector<store::CheckpointInfo>& checkpoints)
{
    std::map<std::string, fs::path> ends;
    for (const store::StageInfo& stage : reader.stages())
        for (const store::CheckpointInfo& checkpoint : checkpoints)
            if (checkpoint.final && checkpoint.stage == stage.stage)
                ends[stage.name] = reader.folder() / checkpoint.path;
    return ends;
}

// The newest checkpoint that is what was saved, with what lies beside it; newer damaged ones are named in `notices`.
// None when there is not one: the run then begins anew.
std::optional<ResumePoint> resumePoint(store::RunReader& reader, std::vector<Notice>& notices)
{
    std::vector<store::CheckpointInfo> checkpoints = reader.checkpoints();
    while (!checkpoints.empty()) {
        fs::path folder = reader.folder() / checkpoints.back().path;
        try {
            Checkpoint{folder};
            break;
        } catch (const InputError& error) {
            notices.push_back({Notice::Level::Warning, std::string(error.what()) + "; the one before it is used"});
            checkpoints.pop_back();
        }
    }
    if (checkpoints.empty())
        return std::nullopt;
    ResumePoint point{reader.folder() / checkpoints.back().path, {}, stageEndsOf(reader, checkpoints), false};
    for (const store::CheckpointInfo& checkpoint : checkpoints)
        point.others.emplace_back(checkpoint.globalStep, checkpoint.final);
    return point;
}

Prepared prepare(const StartResume& start, store::Catalogue& catalogue, std::vector<Notice>& notices)
{
    store::RunEntry entry = catalogue.entry(start.run);
    if (entry.state == store::RunState::Finished)
        throw InputError(
            {"run " + std::to_string(start.run), "it is finished", "fork it to go on from one of its checkpoints"});
    store::OpenedRun opened = catalogue.open(start.run);
    store::RunReader reader(opened.lease.folder());
    config::Experiment experiment = storedExperiment(reader, entry.name);
    SessionOptions session{opened.lease.folder() / checkpointsFolder, resumePoint(reader, notices)};
    return {std::move(opened), std::move(experiment), std::move(session)};
}

Prepared prepare(
    const StartFork& start, store::Catalogue& catalogue, const kernels::Backend& backend, const std::string& device)
{
    store::RunEntry parent = catalogue.entry(start.parent);
    store::RunReader reader(parent.folder);
    auto checkpoints = reader.checkpoints();
    auto found = std::find_if(checkpoints.begin(), checkpoints.end(),
        [&](const store::CheckpointInfo& checkpoint) { return checkpoint.globalStep == start.atStep; });
    if (found == checkpoints.end()) {
        std::string steps;
        for (const store::CheckpointInfo& checkpoint : checkpoints)
            steps += (steps.empty() ? "" : ", ") + std::to_string(checkpoint.globalStep);
        throw InputError(
            {"run " + std::to_string(start.parent), "it has no checkpoint at step " + std::to_string(start.atStep),
                steps.empty() ? "it has none at all" : "choose one of " + steps});
    }
    fs::path weights = parent.folder / found->path;
    Checkpoint{weights};
    check(start.experiment, device);
    config::Experiment experiment = withWholeTemplate(start.experiment);
    store::NewRun run{experiment.name, describe(experiment, backend), start.parent, start.atStep};
    store::OpenedRun opened = catalogue.create(run);
    SessionOptions session{
        opened.lease.folder() / checkpointsFolder, ResumePoint{weights, {}, stageEndsOf(reader, checkpoints), true}};
    return {std::move(opened), std::move(experiment), std::move(session)};
}

// Copies of the template, the recipe and the experiment for people who look into the folder.
void writeCopies(const fs::path& folder, const store::RunDescription& description)
{
    formats::writeFileAtomically(folder / "experiment.toml", description.experiment);
    formats::writeFileAtomically(folder / "template.txt", description.templateText);
    formats::writeFileAtomically(folder / "recipe.toml", description.recipe);
}

// Of a resumed or forked run.
config::Experiment experimentOf(const RunStart& start, store::Catalogue& catalogue)
{
    if (const auto* fork = std::get_if<StartFork>(&start))
        return fork->experiment;
    store::RunEntry entry = catalogue.entry(std::get<StartResume>(start).run);
    store::RunReader reader(entry.folder);
    return storedExperiment(reader, entry.name);
}

// What a run hands on as it goes; the store has taken an event before the listener hears it.
void tell(const RunOptions& options, const RunEvent& event)
{
    if (options.listener)
        options.listener(event);
}

// The backend of a run. What a person should know of it is added to `notices`, for the run's log.
std::unique_ptr<kernels::Backend> openFor(
    const config::Experiment& experiment, const RunOptions& options, std::vector<Notice>& notices)
{
    ReadyDevice ready = openDevice(deviceOf(experiment, options), options.threads, [&](const std::string& text) {
        tell(options, {Position(), Notice{Notice::Level::Info, text}});
    });
    for (const std::string& note : ready.notes)
        notices.push_back({Notice::Level::Info, note});
    return std::move(ready.backend);
}

Prepared prepare(const RunStart& start, const RunOptions& options, store::Catalogue& catalogue,
    const kernels::Backend& backend, std::vector<Notice>& notices)
{
    if (const auto* resume = std::get_if<StartResume>(&start))
        return prepare(*resume, catalogue, notices);
    if (const auto* fork = std::get_if<StartFork>(&start))
        return prepare(*fork, catalogue, backend, deviceOf(fork->experiment, options));
    return prepare(std::get<StartFresh>(start), catalogue, backend);
}

// Runs the session into its store. `notices` come after its first event.
RunFinished runPrepared(Prepared& prepared, kernels::Backend& backend, const RunOptions& options, RunControl& control,
    std::vector<Notice> notices)
{
    const fs::path folder = prepared.opened.lease.folder();
    store::WriterOptions writing;
    std::atomic<bool> failed{false}; // such a run has nothing to wait for
    writing.stopRequested = [&] { return failed || control.stopRequest() != StopRequest::None; };
    writing.onNotice = [&](const Notice& notice) { tell(options, {Position(), notice}); };
    store::RunWriter writer(std::move(prepared.opened.lease), writing);
    auto socket = std::make_unique<ControlSocket>(folder, control);
    if (!socket->problem().empty())
        notices.push_back({Notice::Level::Warning, socket->problem()});

    RunSinks sinks;
    auto record = [&](const RunEvent& event) {
        writer.post(event);
        tell(options, event);
    };
    sinks.event = [&](const RunEvent& event) {
        if (const auto* finished = std::get_if<RunFinished>(&event.what))
            failed = finished->outcome == Outcome::Failed;
        record(event);
        if (std::holds_alternative<RunStarted>(event.what))
            for (const Notice& notice : notices)
                record({event.at, notice});
    };
    sinks.checkpointRetired = [&](const std::string& path) {
        writer.removeCheckpoint(path);
        writer.flush();
    };
    RunFinished finished = runSession(prepared.experiment, backend, control, sinks, prepared.session);
    socket.reset(); // while the run is still ours
    writer.close();
    return finished;
}

} // namespace

RunFinished recordRun(const RunStart& start, const RunOptions& options, RunControl& control,
    const std::function<void(std::int64_t)>& numbered)
{
    std::vector<Notice> notices;
    std::unique_ptr<kernels::Backend> backend;
    if (const auto* fresh = std::get_if<StartFresh>(&start)) { // nothing is made before everything is known to be right
        check(fresh->experiment, deviceOf(fresh->experiment, options));
        backend = openFor(fresh->experiment, options, notices);
    }
    store::Catalogue catalogue(options.store);
    if (!backend)
        backend = openFor(experimentOf(start, catalogue), options, notices);
    Prepared prepared = prepare(start, options, catalogue, *backend, notices);
    numbered(prepared.opened.number);
    fs::create_directories(prepared.session.checkpoints);
    const fs::path folder = prepared.opened.lease.folder();
    writeCopies(folder, store::RunReader(folder).info().description);
    return runPrepared(prepared, *backend, options, control, std::move(notices));
}

} // namespace ahascope::pipeline
