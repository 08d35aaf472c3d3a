#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/run_command.h"

namespace ahascope::cli {

void addDelete(CLI::App& app, const Common&)
{
    struct Arguments {
        std::string run;
        std::string store;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("delete", "Remove a run with its checkpoints; there is no way back");
    command->add_option("run", arguments->run, "Number or name of the run")->required();
    command->add_option("--store", arguments->store, storeHelp);
    command->callback([arguments] {
        store::Catalogue catalogue = existingStore(arguments->store);
        store::RunEntry entry = catalogue.find(arguments->run);
        catalogue.remove(entry.number);
        std::cerr << "run " << entry.number << " \"" << entry.name << "\" is deleted\n";
    });
}

} // namespace ahascope::cli
