// The list of runs of a store: <store>/ahascope.db and one folder per run, <store>/runs/<number>-<name>/.
//
// The folders are the truth; the catalogue adds numbers, unique names, notes, tags, ratings and the queue, and
// remembers each run's figures until its files change. Several programs may use one store: transactions are short. One
// instance belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/lease.h"
#include "core/store/run_types.h"

namespace ahascope::store {

// What the list of runs shows. A figure that the run does not have is left out.
struct RunFigures {
    std::string stage; // name of the last one begun
    std::int64_t globalStep = 0;
    std::int64_t totalSteps = 0;                                     // of all stages begun so far
    double seconds = 0.0;                                            // of running, pauses and earlier attempts included
    std::optional<double> accuracy, reward, meanLength;              // of the last training step
    std::optional<double> evalFirst, evalLast, evalBest;             // eval/pass@1, else eval/accuracy
    std::optional<double> evalLengthFirst, evalLengthLast;           // eval/mean_length, tokens
    std::optional<double> evalReflectionsFirst, evalReflectionsLast; // eval/reflection/per_completion
};

struct RunEntry {
    std::int64_t number = 0;
    std::string name; // unique in this store
    std::string uid;
    RunState state = RunState::Queued;
    std::int64_t created = 0; // milliseconds since 1970-01-01 UTC
    std::string notes;
    std::vector<std::string> tags;
    int rating = 0; // 0 (none) to 5
    std::optional<Lineage> parent;
    std::filesystem::path folder; // absolute
    std::uint64_t bytes = 0;      // of run.db and its log
    std::string device;
    std::string failure; // one line, for state Failed
    std::string damage;  // why the run cannot be read; empty when it can
    RunFigures figures;
};

struct NewRun {
    std::string name; // wished for; "-2", "-3" ... is added when it is taken
    RunDescription description;
    std::int64_t parent = 0; // number of the run it is forked from; 0 = none
    std::int64_t parentStep = 0;
};

// A run that this program may write: hand the lease to RunWriter.
struct OpenedRun {
    std::int64_t number = 0;
    std::string name;
    Lease lease; // lease.folder() is the run's folder
};

struct QueueEntry {
    std::int64_t id = 0;
    std::string title;
    std::string experiment; // TOML
    std::string device;
    std::int64_t added = 0; // milliseconds since 1970-01-01 UTC
};

class Catalogue {
public:
    // Makes the store when there is none. A store that cannot be written is opened for reading: writing functions then
    // throw. Throws StoreError.
    explicit Catalogue(std::filesystem::path storeFolder);
    ~Catalogue();
    Catalogue(Catalogue&&) noexcept;
    Catalogue& operator=(Catalogue&&) noexcept;

    const std::filesystem::path& folder() const { return m_folder; }
    bool readOnly() const;

    // ---- Reading. Run folders that were copied in are found and numbered on the way; figures are brought up to date.
    std::vector<RunEntry> list(); // by number
    RunEntry entry(std::int64_t number);
    // By number or by name. Throws InputError that names the nearest run.
    RunEntry find(std::string_view numberOrName);

    // ---- Runs. All throw StoreError, InputError for a bad name.
    // Makes the folder with its run.db.
    OpenedRun create(const NewRun& run);
    // For resuming: takes the lease.
    OpenedRun open(std::int64_t number);
    // The folder is renamed with it, but for a run that is running. A name has 1 to 100 bytes on one line, is not a
    // number and is not taken.
    void rename(std::int64_t number, const std::string& name);
    void setNotes(std::int64_t number, const std::string& notes);
    void setTags(std::int64_t number, const std::vector<std::string>& tags);
    void setRating(std::int64_t number, int rating);
    // Removes the folder with its checkpoints. Refuses a run that is running and a folder without a run.db of ours.
    void remove(std::int64_t number);

    // ---- Queue, first to run first
    std::int64_t enqueue(const std::string& title, const std::string& experiment, const std::string& device = "auto");
    std::vector<QueueEntry> queue();
    void dequeue(std::int64_t id);
    // To place `position`, 0 = first.
    void moveInQueue(std::int64_t id, std::size_t position);

private:
    struct State;
    std::filesystem::path m_folder; // absolute
    std::unique_ptr<State> m_state;
};

// $XDG_DATA_HOME/ahascope, or ~/.local/share/ahascope.
std::filesystem::path defaultStoreFolder();

} // namespace ahascope::store
