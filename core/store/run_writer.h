// Writes a run as it goes: every event it is given, in order, from a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/pipeline/run_event.h"
#include "core/store/lease.h"

namespace ahascope::store {

struct WriterOptions {
    // Asked while the disk is full: true ends the waiting with a StoreError of kind DiskFull. Any thread.
    std::function<bool()> stopRequested;
    // Told when the disk is full and when it goes on. Called inside post(), flush() and close(), on their thread.
    std::function<void(const pipeline::Notice&)> onNotice;
    std::chrono::milliseconds retryEvery{1000}; // while the disk is full
};

// Each event is one transaction, synced to the disk, in the order of the posts: so a step is in the store before its
// checkpoint. At most two steps or evaluations wait; then post() blocks. RunStarted begins an attempt: with
// resumedFrom = k every row after global step k is abandoned by that one row, and readers see the live rows only.
//
// post(), flush(), close() and removeCheckpoint() belong to one thread, the run's.
class RunWriter {
public:
    // Opens the run.db in the lease's folder, which Catalogue::create() made. Throws StoreError.
    explicit RunWriter(Lease lease, WriterOptions options = {});
    // Writes what is waiting; what cannot be written then goes to the log. Call close() to be told.
    ~RunWriter();
    RunWriter(const RunWriter&) = delete;
    RunWriter& operator=(const RunWriter&) = delete;

    // Throws what an earlier event met (StoreError); nothing is written after that.
    void post(const pipeline::RunEvent& event);
    pipeline::EventSink sink()
    {
        return [this](const pipeline::RunEvent& event) { post(event); };
    }
    // Takes a checkpoint out of the list, in order with the posts; flush(), then delete its folder.
    void removeCheckpoint(const std::string& path);
    // Returns when everything posted is on the disk. Throws as post().
    void flush();
    // flush(), then closes the file and gives the lease back.
    void close();

    // Time that the last event took to write, for measurements. Any thread.
    std::chrono::nanoseconds lastWriteTime() const;

private:
    struct State;
    State& open(); // throws std::logic_error after close()
    std::unique_ptr<State> m_state;
};

} // namespace ahascope::store
