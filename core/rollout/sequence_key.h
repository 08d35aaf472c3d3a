// The key of one sequence's randomness.
#pragma once

#include <cstdint>

namespace ahascope::rollout {

// What a sequence is generated for, or other noise: Rounding, of weights in BF16. The numbers are stored with runs:
// never renumber.
enum class Purpose : std::uint32_t {
    Rollout = 0,
    Evaluation = 1,
    RejectionSampling = 2,
    Interactive = 3,
    Rounding = 4
};

struct KeyParts {
    std::uint64_t seed = 0;  // of the experiment
    std::uint64_t stage = 0; // index of the stage
    Purpose purpose = Purpose::Rollout;
    std::uint64_t step = 0;   // the optimizer step the rollout belongs to
    std::uint64_t row = 0;    // of the data set
    std::uint64_t sample = 0; // within the group

    bool operator==(const KeyParts&) const = default;
};

// h = 0; for each part in the order above: h = mix(h + part + 0x9e3779b97f4a7c15), mix being the finaliser of
// SplitMix64 (Steele, Lea & Flood 2014). The key seeds Philox4x32-10; the position of the token is its counter.
std::uint64_t sequenceKey(const KeyParts& parts);

} // namespace ahascope::rollout
