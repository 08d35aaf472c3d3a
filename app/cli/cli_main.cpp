// ahascope-cli: everything the window can do, without a window.
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "core/log.h"
#include "core/problem.h"
#include "core/text/nearest_name.h"

namespace {

using namespace ahascope;

void addSubcommands(CLI::App& app, const cli::Common& common)
{
    cli::addRun(app, common);
    cli::addValidate(app, common);
    cli::addResume(app, common);
    cli::addFork(app, common);
    cli::addList(app, common);
    cli::addShow(app, common);
    cli::addControl(app, common);
    cli::addDelete(app, common);
    cli::addExport(app, common);
    cli::addEval(app, common);
    cli::addModels(app, common);
    cli::addBench(app, common);
    cli::addGpuCheck(app, common);
    cli::addTokenize(app, common);
    cli::addDetokenize(app, common);
    cli::addLogprobs(app, common);
    cli::addGenerate(app, common);
    cli::addRender(app, common);
    cli::addScore(app, common);
    cli::addVerify(app, common);
    cli::addAnalyze(app, common);
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        command->footer("--threads, --log-level and --version may stand here too: see ahascope-cli --help");
}

// What CLI11 would only call a missing subcommand. Empty if it is not that.
std::string mistypedSubcommand(const CLI::App& app)
{
    const std::vector<std::string> rest = app.remaining();
    if (!app.get_subcommands().empty() || rest.empty() || rest.front().starts_with('-'))
        return {};
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        known.push_back(command->get_name());
    return toString(Problem{rest.front(), "there is no such subcommand", text::nameRemedy(rest.front(), known)});
}

// Usage errors are bad input; --help and --version are not errors.
int exitCode(const CLI::App& app, const CLI::ParseError& error)
{
    const std::string mistyped = mistypedSubcommand(app);
    if (error.get_exit_code() != 0 && !mistyped.empty()) {
        std::cerr << mistyped << '\n';
        return cli::BadInput;
    }
    return app.exit(error) == 0 ? cli::Done : cli::BadInput;
}

int runCommand(CLI::App& app, int argc, char** argv)
{
    try {
        app.parse(argc, argv);
        if (!std::cout.flush())
            throw std::runtime_error("standard output: it cannot be written any more (is the disk full?)");
        return cli::Done;
    } catch (const CLI::ParseError& error) {
        return exitCode(app, error);
    } catch (const cli::Exit& exit) {
        return exit.code;
    } catch (const InputError& error) {
        std::cerr << error.what() << '\n';
        return cli::BadInput;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return cli::Failed;
    }
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Ahascope: R1-style reinforcement learning on language models", "ahascope-cli");
    cli::Common common;
    app.set_version_flag("--version", "ahascope-cli " AHASCOPE_VERSION);
    app.add_option("--threads", common.threads, "Threads of the CPU backend (0 = one per core)")
        ->check(CLI::Range(0, 1024));
    app.add_option("--log-level", common.logLevel, "What is logged to stderr")
        ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
    app.parse_complete_callback([&] { log::setUp(common.logLevel); });
    app.require_subcommand(1);
    app.fallthrough(); // --threads and --log-level may stand after the subcommand
    addSubcommands(app, common);
    return runCommand(app, argc, argv);
}
