// What the generator knows of one prompt and of one completion while it works.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rollout/generator.h"

namespace ahascope::rollout {

enum class SequenceState : std::uint8_t { Waiting, Running, Finished };

struct Sequence {
    std::size_t request = 0;
    std::size_t sample = 0;
    std::uint64_t key = 0;
    std::int64_t maxNewTokens = 0;
    SequenceState state = SequenceState::Waiting;
    std::int32_t slot = -1;          // while running
    std::vector<std::int32_t> pages; // of its own tokens, while running
    Completion completion;           // what has been generated and kept; survives being put back

    std::int64_t generated() const { return static_cast<std::int64_t>(completion.tokens.size()); }
    // Tokens of its own in the cache: the last one generated is fed by the next step.
    std::int64_t cached() const { return generated() == 0 ? 0 : generated() - 1; }
    // Tokens of its own in the cache after `steps` more decode steps. A sequence that has generated nothing draws its
    // first token from the prompt, before the first step.
    std::int64_t cachedAfter(std::int64_t steps) const
    {
        const std::int64_t end = cached() + steps;
        return end < maxNewTokens - 1 ? end : maxNewTokens - 1;
    }
};

struct Prompt {
    std::int64_t tokens = 0;
    std::vector<std::int32_t> pages; // while resident
    std::int32_t place = -1;         // where its last hidden state is kept; -1 = not resident
    std::int64_t running = 0;        // sequences
    std::int64_t waiting = 0;

    bool resident() const { return place >= 0; }
};

} // namespace ahascope::rollout
