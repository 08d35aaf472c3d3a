// The right to write a run: one program at a time.
//
// A lock on the file `lease` in the run's folder, which the kernel drops when the program dies, and in the file the
// program's pid, boot id and start time, for people and for file systems whose locks do not hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace ahascope::store {

// Names one process for as long as the machine runs, and no other after that.
struct ProcessIdentity {
    std::int64_t pid = 0;
    std::string bootId;
    std::uint64_t startTicks = 0; // clock ticks after boot, field 22 of /proc/<pid>/stat

    bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity currentProcess();
// False also for a process of an earlier boot or another machine.
bool isAlive(const ProcessIdentity& process);

class Lease {
public:
    // Throws StoreError: InUse when another program (or another part of this one) has it, ReadOnly, Missing.
    explicit Lease(std::filesystem::path runFolder);
    ~Lease();
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;

    const std::filesystem::path& folder() const { return m_folder; }
    // Gives the run back; the destructor does the same.
    void release() noexcept;

private:
    std::filesystem::path m_folder;
    int m_descriptor = -1;
};

// Who holds the run, without disturbing anybody; none when nobody does. A holder whose identity cannot be read has
// pid 0.
std::optional<ProcessIdentity> leaseHolder(const std::filesystem::path& runFolder);

} // namespace ahascope::store
