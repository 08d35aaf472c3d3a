#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/run_command.h"
#include "core/config/toml.h"

namespace ahascope::cli {

void addRun(CLI::App& app, const Common& common)
{
    struct Arguments : RunArguments {
        std::string file;
        std::vector<std::string> settings;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("run", "Run an experiment to its end");
    command->add_option("experiment", arguments->file, "Experiment file (TOML)")->required();
    command->add_option("--set", arguments->settings, "path.to.key=value, as often as needed")->allow_extra_args(false);
    addRunOptions(*command, *arguments);
    command->callback([arguments, &common] {
        arguments->threads = common.threads;
        perform(pipeline::StartFresh{config::loadExperiment(arguments->file, arguments->settings)}, *arguments);
    });
}

} // namespace ahascope::cli
