#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/run_command.h"

namespace ahascope::cli {

void addResume(CLI::App& app, const Common& common)
{
    struct Arguments : RunArguments {
        std::string run;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("resume", "Go on with a run from its last checkpoint, exactly");
    command->add_option("run", arguments->run, "Number or name of the run")->required();
    addRunOptions(*command, *arguments);
    command->callback([arguments, &common] {
        arguments->threads = common.threads;
        std::int64_t number = existingStore(arguments->store).find(arguments->run).number;
        perform(pipeline::StartResume{number}, *arguments);
    });
}

} // namespace ahascope::cli
