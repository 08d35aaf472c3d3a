// ahascope: the window.
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <QSettings>
#include <QSocketNotifier>
#include <QTimer>

#include "core/log.h"
#include "core/problem.h"
#include "ui/main_window.h"
#include "ui/theme/appearance.h"
#include "ui/widgets/guarded.h"
#include "ui/widgets/handler_clock.h"

namespace {

using namespace ahascope;

enum ExitCode { Done = 0, Failed = 1, BadInput = 2, Stopped = 130 };

struct Arguments {
    std::vector<std::string> files;
    std::string start;
    std::string store;
    int threads = 0;
    std::string logLevel = "warning";
};

void describe(CLI::App& app, Arguments& arguments)
{
    app.set_version_flag("--version", "ahascope " AHASCOPE_VERSION);
    app.add_option("files", arguments.files, "Experiments, run folders, datasets, model folders to open");
    app.add_option("--start", arguments.start, "Launch this experiment at once")->type_name("EXPERIMENT.toml");
    app.add_option("--store", arguments.store, "Folder of the runs (default: the data folder of the platform)")
        ->type_name("DIR");
    app.add_option("--threads", arguments.threads, "Threads of the CPU backend (0 = one per core)")
        ->check(CLI::Range(0, 1024));
    app.add_option("--log-level", arguments.logLevel, "What is logged to stderr")
        ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
}

// SIGINT and SIGTERM as a file descriptor: every thread that is made later inherits the mask, so that no handler ever
// runs in the middle of anything. The first stops the run after a checkpoint, the second at once.
int signalDescriptor()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

// Qt would abort without a word for the user.
void expectDisplay()
{
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
            return;
    throw std::runtime_error("no display: DISPLAY and WAYLAND_DISPLAY are not set (use ahascope-cli without one)");
}

// Since the system made this process, loading the libraries included; to 10 milliseconds. proc(5): field 22 of stat, in
// clock ticks since boot; the name in field 2 may hold spaces, so counting begins after its bracket.
double millisecondsOfProcess()
{
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t bracket = text.rfind(')');
    std::istringstream fields(bracket == std::string::npos ? std::string() : text.substr(bracket + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field)
        fields >> skipped;
    double ticks = 0;
    fields >> ticks;
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6
        - ticks * 1e3 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int openWindow(int argc, char** argv, const Arguments& arguments)
{
    expectDisplay();
    const int signals = signalDescriptor();
    ui::Application application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("ahascope"));
    QApplication::setOrganizationName(QStringLiteral("ahascope"));
    QApplication::setApplicationVersion(QStringLiteral(AHASCOPE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("ahascope"));
    ui::Appearance appearance(
        application, ui::schemeFrom(QSettings().value(QStringLiteral("window/theme")).toString()));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/ahascope.svg")));
    application.onSlowHandler([](const QString& text) { log::debug(text.toStdString()); });
    application.onFirstFrame(
        [] { log::debug("first frame after " + std::to_string(static_cast<int>(millisecondsOfProcess())) + " ms"); });

    ui::MainWindow window(
        appearance, {QString::fromStdString(arguments.store), {.device = "auto", .threads = arguments.threads}, true});
    QSocketNotifier notifier(signals, QSocketNotifier::Read);
    bool interrupted = false;
    QObject::connect(&notifier, &QSocketNotifier::activated, &window, [&] {
        signalfd_siginfo info{};
        while (read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            interrupted = true;
            window.shutDown();
        }
    });
    window.show();
    if (!arguments.start.empty())
        window.startExperiment(QString::fromStdString(arguments.start));
    for (const std::string& file : arguments.files)
        window.openGiven(QString::fromStdString(file));
    const int code = QApplication::exec();
    log::debug(application.handlerTimes().summary().toStdString());
    close(signals);
    return code != 0 ? Failed : interrupted && window.stoppedByUser() ? Stopped : Done;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Ahascope: a workbench for R1-style reinforcement learning on language models", "ahascope");
    Arguments arguments;
    describe(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? Done : BadInput;
    }
    try {
        log::setUp(arguments.logLevel);
        return openWindow(argc, argv, arguments);
    } catch (const InputError& error) {
        std::cerr << error.what() << '\n';
        return BadInput;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return Failed;
    }
}
