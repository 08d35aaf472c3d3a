// What run, resume and fork share: signals, progress, event stream, exit code.
#pragma once

#include <filesystem>
#include <string>

#include "core/pipeline/run_worker.h"
#include "core/store/catalogue.h"

namespace CLI {
class App;
}

namespace ahascope::cli {

struct RunArguments {
    std::string store;
    std::string device = "auto";
    std::string events; // "-" = standard output, a path, or empty for none
    bool detach = false;
    int threads = 0;
};

inline constexpr const char* storeHelp = "Folder of the store (default: ahascope in the platform's data folder)";

void addRunOptions(CLI::App& command, RunArguments& arguments);

// Performs the run, here or detached, and throws Exit with the code that fits its outcome.
[[noreturn]] void perform(const pipeline::RunStart& start, const RunArguments& arguments);

// The store folder of --store, or the platform's.
std::filesystem::path storeFolder(const std::string& argument);

// Whether there is a store in that folder.
bool hasStore(const std::string& argument);

// For commands that look for a run: makes nothing. Throws InputError where there is no store.
store::Catalogue existingStore(const std::string& argument);

} // namespace ahascope::cli
