#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/run_command.h"
#include "core/config/toml.h"
#include "core/store/run_reader.h"

namespace ahascope::cli {

void addFork(CLI::App& app, const Common& common)
{
    struct Arguments : RunArguments {
        std::string run;
        std::int64_t at = 0;
        std::vector<std::string> settings;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command
        = app.add_subcommand("fork", "A new run that goes on from a checkpoint of another, with other settings");
    command->add_option("run", arguments->run, "Number or name of the run to go on from")->required();
    command->add_option("--at", arguments->at, "Step (of the whole run) of the checkpoint")->required();
    command->add_option("--set", arguments->settings, "path.to.key=value, as often as needed")->allow_extra_args(false);
    addRunOptions(*command, *arguments);
    command->callback([arguments, &common] {
        arguments->threads = common.threads;
        store::RunEntry parent = existingStore(arguments->store).find(arguments->run);
        store::RunReader reader(parent.folder);
        config::Experiment experiment = config::parseExperiment(reader.info().description.experiment,
            parent.name + " (stored experiment)", parent.folder, arguments->settings);
        perform(pipeline::StartFork{parent.number, arguments->at, std::move(experiment)}, *arguments);
    });
}

} // namespace ahascope::cli
