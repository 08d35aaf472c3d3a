#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/run_command.h"
#include "app/cli/run_json.h"
#include "core/store/run_reader.h"

namespace ahascope::cli {

namespace {

nlohmann::ordered_json toJson(const store::RunEntry& entry, store::RunReader& reader)
{
    nlohmann::ordered_json out = cli::toJson(entry);
    store::RunInfo info = reader.info();
    out["seed"] = info.description.seed;
    out["build"] = info.description.build;
    out["attempts"] = info.attempts;
    nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
    for (const auto& [name, value] : reader.latest())
        metrics[name] = value;
    out["metrics"] = metrics;
    nlohmann::ordered_json checkpoints = nlohmann::ordered_json::array();
    for (const store::CheckpointInfo& checkpoint : reader.checkpoints())
        checkpoints.push_back({{"global_step", checkpoint.globalStep}, {"path", checkpoint.path},
            {"bytes", checkpoint.bytes}, {"stage_end", checkpoint.final}});
    out["checkpoints"] = checkpoints;
    out["experiment"] = info.description.experiment;
    return out;
}

void print(const store::RunEntry& entry, store::RunReader& reader)
{
    std::cout << fmt::format("run {} \"{}\": {}, step {} of {}, {:.0f} s on {}\n{}\n", entry.number, entry.name,
        store::toString(entry.state), entry.figures.globalStep, entry.figures.totalSteps, entry.figures.seconds,
        entry.device, entry.folder.string());
    if (!entry.failure.empty())
        std::cout << "failure: " << entry.failure << '\n';
    if (!entry.notes.empty())
        std::cout << "notes: " << entry.notes << '\n';
    for (const store::CheckpointInfo& checkpoint : reader.checkpoints())
        std::cout << fmt::format("checkpoint at step {}: {}\n", checkpoint.globalStep, checkpoint.path);
    for (const auto& [name, value] : reader.latest())
        std::cout << fmt::format("{:<40} {:.6g}\n", name, value);
}

} // namespace

void addShow(CLI::App& app, const Common&)
{
    struct Arguments {
        std::string run;
        std::string store;
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("show", "One run: state, checkpoints, latest metrics, experiment");
    command->add_option("run", arguments->run, "Number or name of the run")->required();
    command->add_option("--store", arguments->store, storeHelp);
    command->add_flag("--json", arguments->json, "Write JSON");
    command->callback([arguments] {
        store::RunEntry entry = existingStore(arguments->store).find(arguments->run);
        store::RunReader reader(entry.folder);
        if (arguments->json)
            std::cout << dump(toJson(entry, reader)) << '\n';
        else
            print(entry, reader);
    });
}

} // namespace ahascope::cli
