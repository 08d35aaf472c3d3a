#include "app/cli/run_command.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/progress.h"
#include "core/pipeline/event_lines.h"
#include "core/store/catalogue.h"

namespace ahascope::cli {

using namespace pipeline;

namespace {

// Reached by the signal handler, which can be given nothing else.
RunControl* signalled = nullptr;

extern "C" void onSignal(int)
{
    if (signalled)
        signalled->interrupt();
}

// Ctrl-C and SIGTERM stop after a checkpoint, a second one at once, for as long as this stands.
class Signals {
public:
    explicit Signals(RunControl& control)
    {
        signalled = &control;
        struct sigaction action = {};
        action.sa_handler = onSignal;
        sigaction(SIGINT, &action, &m_oldInterrupt);
        sigaction(SIGTERM, &action, &m_oldTerminate);
    }
    ~Signals()
    {
        sigaction(SIGINT, &m_oldInterrupt, nullptr);
        sigaction(SIGTERM, &m_oldTerminate, nullptr);
        signalled = nullptr;
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    struct sigaction m_oldInterrupt = {};
    struct sigaction m_oldTerminate = {};
};

// The event stream's destination; throws InputError when the file cannot be written.
std::unique_ptr<std::ofstream> openEvents(const std::string& path)
{
    if (path.empty() || path == "-")
        return nullptr;
    auto file = std::make_unique<std::ofstream>(path, std::ios::binary | std::ios::trunc);
    if (!*file)
        throw InputError({path, "the event file cannot be written", "choose a folder that exists and is yours"});
    return file;
}

} // namespace

void addRunOptions(CLI::App& command, RunArguments& arguments)
{
    command.add_option("--store", arguments.store, "Folder of the store (default: the platform's data folder)");
    command.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N");
    command.add_option("--events", arguments.events, "Write events as JSON lines to this file; - is standard output");
}

std::filesystem::path storeFolder(const std::string& argument)
{
    return argument.empty() ? store::defaultStoreFolder() : std::filesystem::path(argument);
}

void performInTerminal(const RunStart& start, const RunArguments& arguments)
{
    RunControl control;
    Signals signals(control);
    Progress progress;
    std::int64_t number = 0;
    auto file = openEvents(arguments.events);
    std::ostream* events = file ? file.get() : arguments.events == "-" ? &std::cout : nullptr;

    RunOptions options;
    options.store = storeFolder(arguments.store);
    options.device = arguments.device;
    options.threads = arguments.threads;
    options.listener = [&](const RunEvent& event) {
        progress.show(event, number);
        if (events && !(*events << toJsonLine(event, number) << '\n' << std::flush))
            throw std::runtime_error(
                "the event stream cannot be written any more; its reader is gone or the disk is full");
    };
    RunFinished finished = performRun(start, options, control, &number);
    if (finished.failure && !finished.failure->detail.empty())
        std::cerr << finished.failure->detail << '\n';
    throw Exit{finished.outcome == Outcome::Finished ? Done : finished.outcome == Outcome::Stopped ? Stopped : Failed};
}

} // namespace ahascope::cli
