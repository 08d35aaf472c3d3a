// What run, resume and fork share: signals, progress, event stream, exit code.
#pragma once

#include <filesystem>
#include <string>

#include "core/pipeline/run_worker.h"

namespace CLI {
class App;
}

namespace ahascope::cli {

struct RunArguments {
    std::string store;
    std::string device = "auto";
    std::string events; // "-" = standard output, a path, or empty for none
    int threads = 0;
};

void addRunOptions(CLI::App& command, RunArguments& arguments);

// Performs the run and throws Exit with the code that fits its outcome.
[[noreturn]] void performInTerminal(const pipeline::RunStart& start, const RunArguments& arguments);

// The store folder of --store, or the platform's.
std::filesystem::path storeFolder(const std::string& argument);

} // namespace ahascope::cli
