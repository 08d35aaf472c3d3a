// Plain values about runs, shared by the catalogue, the writer and the reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ahascope::store {

enum class RunState {
    Queued, // made, not started
    Running,
    Paused,
    Stopped,
    Failed,
    Interrupted, // stored as running or paused, but its process is gone
    Finished
};

// "running", "interrupted", ...
const char* toString(RunState state);

// A dataset as the run saw it.
struct Dataset {
    std::string name;   // "train", "eval", a held-out set's name
    std::string source; // a path, or the task with its keys
    std::string hash;   // of its contents
    std::int64_t rows = 0;

    bool operator==(const Dataset&) const = default;
};

// Everything that decides a run, inlined, so that a run can be understood and repeated without any other file.
struct RunDescription {
    std::string experiment; // TOML, with the template and the rules inside
    std::string templateText;
    std::string recipe; // TOML of the rules alone
    std::vector<Dataset> datasets;
    std::uint64_t seed = 0;
    std::string build; // "0.1.0 67ae0d3"
    std::string device;

    bool operator==(const RunDescription&) const = default;
};

// Where a forked run comes from.
struct Lineage {
    std::int64_t run = 0;  // number in the catalogue; 0 when the parent is not in this store
    std::string uid;       // of the parent: the same in every store
    std::string name;      // of the parent when the child was made
    std::int64_t step = 0; // global step of the parent's checkpoint

    bool operator==(const Lineage&) const = default;
};

} // namespace ahascope::store
