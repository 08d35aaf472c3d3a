// What the parts of Catalogue share: the connection and the folders.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/store/catalogue.h"
#include "core/store/sqlite.h"

namespace ahascope::store {

struct Catalogue::State {
    explicit State(std::filesystem::path store);

    std::filesystem::path folderOf(const std::string& name) const { return runs / name; }
    // Throws StoreError when the store can only be read.
    Database& writable();

    // Throw InputError when there is no such run.
    std::string folderName(std::int64_t number);
    void requireRun(std::int64_t number);

    void discover();
    void addFound(const std::string& folderName);
    // Reads what the run says of itself, where its file has changed since `seen`, and remembers it where possible.
    void refresh(RunEntry& entry, const std::string& seen);
    void remember(const RunEntry& entry, const std::string& seen);
    std::vector<RunEntry> entries(const std::string& where);
    std::string freeName(const std::string& wished);

    std::filesystem::path store;
    std::filesystem::path runs;
    std::unique_ptr<Database> database;
    bool readOnly = false;
};

// Name of the folder of a run: "12-r1-zero-countdown".
std::string runFolderName(std::int64_t number, const std::string& name);

// Whether `folder` is a folder itself (no link) and holds a run.db that Ahascope made.
bool holdsRun(const std::filesystem::path& folder);

} // namespace ahascope::store
