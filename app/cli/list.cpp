#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/run_command.h"
#include "app/cli/run_json.h"

namespace ahascope::cli {

namespace {

std::string percent(const std::optional<double>& value)
{
    return value ? fmt::format("{:.1f} %", 100 * *value) : "-";
}

void print(const std::vector<store::RunEntry>& runs)
{
    std::cout << fmt::format(
        "{:>4}  {:<32} {:<12} {:>11}  {:>8}  {:>8}  {}\n", "run", "name", "state", "step", "first", "last", "stage");
    for (const store::RunEntry& run : runs)
        std::cout << fmt::format("{:>4}  {:<32} {:<12} {:>11}  {:>8}  {:>8}  {}\n", run.number, run.name,
            run.damage.empty() ? store::toString(run.state) : "damaged",
            fmt::format("{}/{}", run.figures.globalStep, run.figures.totalSteps), percent(run.figures.evalFirst),
            percent(run.figures.evalLast), run.figures.stage);
}

} // namespace

void addList(CLI::App& app, const Common&)
{
    struct Arguments {
        std::string store;
        bool json = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("list", "The runs of the store, with the first and last held-out accuracy");
    command->add_option("--store", arguments->store, storeHelp);
    command->add_flag("--json", arguments->json, "Write JSON");
    command->callback([arguments] {
        std::vector<store::RunEntry> runs;
        if (hasStore(arguments->store))
            runs = existingStore(arguments->store).list();
        else
            std::cerr << storeFolder(arguments->store).string() << ": there is no store yet; a first run makes one\n";
        if (!arguments->json)
            return print(runs);
        nlohmann::ordered_json out = nlohmann::ordered_json::array();
        for (const store::RunEntry& run : runs)
            out.push_back(toJson(run));
        std::cout << dump(out) << '\n';
    });
}

} // namespace ahascope::cli
