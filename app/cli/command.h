// The subcommands of ahascope-cli: one file each, wired in cli_main.cpp.
#pragma once

#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace ahascope::cli {

enum ExitCode { Done = 0, Failed = 1, BadInput = 2, Stopped = 130 };

// Options that every subcommand understands.
struct Common {
    int threads = 0;
    std::string logLevel = "warning";
};

// Thrown by a subcommand to end with a code after it has said everything itself.
struct Exit {
    int code = Done;
};

// Each adds its subcommand and its callback. Callbacks throw InputError (exit 2), Exit, or any other exception (exit
// 1).
void addTokenize(CLI::App& app, const Common& common);
void addDetokenize(CLI::App& app, const Common& common);
void addLogprobs(CLI::App& app, const Common& common);
void addGenerate(CLI::App& app, const Common& common);
void addRender(CLI::App& app, const Common& common);
void addScore(CLI::App& app, const Common& common);
void addVerify(CLI::App& app, const Common& common);
void addAnalyze(CLI::App& app, const Common& common);
void addRun(CLI::App& app, const Common& common);
void addValidate(CLI::App& app, const Common& common);
void addResume(CLI::App& app, const Common& common);
void addFork(CLI::App& app, const Common& common);
void addList(CLI::App& app, const Common& common);
void addModels(CLI::App& app, const Common& common);
void addShow(CLI::App& app, const Common& common);
void addDelete(CLI::App& app, const Common& common);
void addControl(CLI::App& app, const Common& common);
void addExport(CLI::App& app, const Common& common);
void addEval(CLI::App& app, const Common& common);
void addBench(CLI::App& app, const Common& common);
void addGpuCheck(CLI::App& app, const Common& common);

} // namespace ahascope::cli
