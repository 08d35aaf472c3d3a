#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/run_command.h"
#include "core/pipeline/control_socket.h"

namespace ahascope::cli {

void addControl(CLI::App& app, const Common&)
{
    struct Arguments {
        std::string run;
        std::string request;
        std::string store;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("control", "Pause, continue, save or stop a run of another program");
    command->add_option("run", arguments->run, "Number or name of the run")->required();
    std::vector<std::string> names;
    for (const pipeline::NamedRequest& request : pipeline::controlRequests())
        names.emplace_back(request.name);
    command->add_option("request", arguments->request, "stop ends after a checkpoint, stop-now with what is saved")
        ->required()
        ->check(CLI::IsMember(names));
    command->add_option("--store", arguments->store, storeHelp);
    command->callback([arguments] {
        const store::RunEntry entry = existingStore(arguments->store).find(arguments->run);
        pipeline::sendRequest(entry.folder, pipeline::requestNamed(arguments->request).value());
    });
}

} // namespace ahascope::cli
