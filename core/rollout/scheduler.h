// Who runs next.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "core/rollout/kv_pages.h"
#include "core/rollout/sequence.h"

namespace ahascope::rollout {

struct SchedulerLimits {
    std::int64_t slots = 0;         // sequences running at once
    std::int64_t pages = 0;         // of the cache
    std::int64_t tokensPerLook = 1; // tokens that every running sequence must have room for
};

struct Admission {
    std::vector<std::size_t> prompts;   // became resident: to be computed
    std::vector<std::size_t> sequences; // began to run; one with tokens had been put back before
};

// Sequences run in the order of the requests. A prompt's pages are taken once for its group and held by each sample
// that runs. When the pages run out, the sequence that was admitted last is put back and later goes on where it was.
// Decides from counts alone, never from time: the same requests give the same course.
class Scheduler {
public:
    Scheduler(SchedulerLimits limits, std::span<const GenerationRequest> requests);

    const std::vector<Sequence>& sequences() const { return m_sequences; }
    Sequence& sequence(std::size_t index) { return m_sequences.at(index); }
    const Prompt& prompt(std::size_t request) const { return m_prompts.at(request); }
    const KvPages& pages() const { return m_pages; }

    bool finished() const { return m_unfinished == 0; }
    // Indices of running sequences, in the order of the requests, so that a group's samples are neighbours.
    std::vector<std::size_t> running() const;

    // Gives each running sequence pages for the next look; returns how many were put back for lack of them.
    std::int64_t grow();
    // Starts waiting sequences while slots and pages last. Throws kernels::OutOfMemory when nothing runs and the first
    // one does not fit.
    Admission admit();
    // The sequence is complete.
    void finish(std::size_t index);

private:
    bool makeResident(std::size_t request);
    bool giveOwnPages(Sequence& sequence);
    std::int64_t stillGrowing() const;
    void evictIdle(std::size_t except);
    void makeAbsent(Prompt& prompt);
    void stop(std::size_t index, SequenceState state);

    SchedulerLimits m_limits;
    KvPages m_pages;
    std::vector<Sequence> m_sequences;
    std::vector<Prompt> m_prompts;      // one per request
    std::vector<std::size_t> m_running; // in the order of admission
    std::set<std::size_t> m_waiting;
    std::vector<std::int32_t> m_freeSlots;
    std::vector<std::int32_t> m_freePlaces;
    std::size_t m_unfinished = 0;
};

} // namespace ahascope::rollout
