#include "app/cli/run_command.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "app/cli/command.h"
#include "app/cli/detachment.h"
#include "app/cli/progress.h"
#include "core/log.h"
#include "core/pipeline/event_lines.h"
#include "core/problem.h"
#include "core/store/catalogue.h"

namespace ahascope::cli {

namespace fs = std::filesystem;
using namespace pipeline;

namespace {

// Reached by the signal handler, which can be given nothing else.
RunControl* signalled = nullptr;

extern "C" void onSignal(int)
{
    if (signalled)
        signalled->interrupt();
}

// Ctrl-C and SIGTERM stop after a checkpoint, a second one at once, for as long as this stands. Whoever reads the
// events may go away: that is for the stream to say, not for SIGPIPE.
class Signals {
public:
    explicit Signals(RunControl& control)
    {
        signalled = &control;
        struct sigaction action = {};
        action.sa_handler = onSignal;
        sigaction(SIGINT, &action, &m_oldInterrupt);
        sigaction(SIGTERM, &action, &m_oldTerminate);
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, &m_oldPipe);
    }
    ~Signals()
    {
        sigaction(SIGPIPE, &m_oldPipe, nullptr);
        sigaction(SIGINT, &m_oldInterrupt, nullptr);
        sigaction(SIGTERM, &m_oldTerminate, nullptr);
        signalled = nullptr;
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    struct sigaction m_oldInterrupt = {};
    struct sigaction m_oldTerminate = {};
    struct sigaction m_oldPipe = {};
};

// Where --events goes. Once it cannot be written any more the run stops after a checkpoint: nobody may be watching a
// run that others steer by its events.
class EventStream {
public:
    // Throws InputError when the file cannot be written.
    EventStream(std::string path, RunControl& control) : m_path(std::move(path)), m_control(control)
    {
        if (m_path.empty())
            return;
        m_out = m_path == "-" ? &std::cout : &m_file;
        const fs::path folder = fs::path(m_path).parent_path();
        const fs::path needed = fs::exists(m_path) ? fs::path(m_path) : folder.empty() ? "." : folder;
        if (m_path != "-" && ::access(needed.c_str(), W_OK) != 0)
            throw InputError({m_path, "the event file cannot be written", "choose a folder that exists and is yours"});
    }

    void write(const RunEvent& event, std::int64_t run)
    {
        if (m_out == &m_file && !m_file.is_open()) // not before the run is known to start
            m_file.open(m_path, std::ios::binary | std::ios::trunc);
        if (m_out == nullptr || lost() || *m_out << toJsonLine(event, run) << '\n' << std::flush)
            return;
        std::cerr << "--events: the events cannot be written any more, the reader is gone or the disk is full; the run "
                     "stops after a checkpoint (go on with ahascope-cli resume "
                  << run << ")\n";
        m_control.requestStop(StopRequest::AfterCheckpoint);
    }

    bool lost() const { return m_out != nullptr && !*m_out; }

private:
    std::string m_path;
    RunControl& m_control;
    std::ofstream m_file;
    std::ostream* m_out = nullptr; // none: nobody asked
};

// One line per event, for --log-level.
void logEvent(const RunEvent& event, std::int64_t run)
{
    if (std::holds_alternative<StepFinished>(event.what))
        log::debug(toJsonLine(event, run));
    else
        log::info(toJsonLine(event, run));
}

int exitCodeOf(Outcome outcome)
{
    return outcome == Outcome::Finished ? Done : outcome == Outcome::Stopped ? Stopped : Failed;
}

} // namespace

void addRunOptions(CLI::App& command, RunArguments& arguments)
{
    command.add_option("--store", arguments.store, storeHelp);
    command.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    command.add_option("--events", arguments.events, "Write events as JSON lines to this file; - is standard output");
    command.add_flag("--detach", arguments.detach,
        "Go on without the terminal: say the run's number once it has started, and return");
}

fs::path storeFolder(const std::string& argument)
{
    return argument.empty() ? store::defaultStoreFolder() : fs::path(argument);
}

bool hasStore(const std::string& argument)
{
    const fs::path folder = storeFolder(argument);
    std::error_code error;
    return fs::exists(folder / "ahascope.db", error) || fs::is_directory(folder / "runs", error);
}

store::Catalogue existingStore(const std::string& argument)
{
    if (!hasStore(argument))
        throw InputError({storeFolder(argument).string(), "there is no store", "check --store; a first run makes one"});
    return store::Catalogue(storeFolder(argument));
}

void perform(const RunStart& start, const RunArguments& arguments)
{
    std::optional<Detachment> detachment;
    if (arguments.detach && arguments.events == "-")
        throw InputError({"--events", "a detached run has no standard output", "name a file"});
    if (arguments.detach)
        detachment.emplace();
    RunControl control;
    Signals signals(control);
    Progress progress;
    std::int64_t number = 0;
    EventStream events(arguments.events, control);

    RunOptions options;
    options.store = storeFolder(arguments.store);
    options.device = arguments.device;
    options.threads = arguments.threads;
    options.listener = [&](const RunEvent& event) {
        if (detachment && number > 0)
            detachment->started(number);
        progress.show(event, number);
        logEvent(event, number);
        if (number > 0) // a device is checked before there is a run
            events.write(event, number);
    };
    RunFinished finished = performRun(start, options, control, &number);
    if (finished.failure && !finished.failure->detail.empty())
        std::cerr << finished.failure->detail << '\n';
    throw Exit{events.lost() ? Failed : exitCodeOf(finished.outcome)};
}

} // namespace ahascope::cli
