#include "core/rollout/sequence_key.h"

#include <gtest/gtest.h>
#include <set>

namespace ahascope::rollout {
namespace {

// splitmix64 as published: its outputs for the state 1234567 begin with this number (Vigna's reference program).
// One part of 0 after a hash of s is mix(s + golden ratio), the generator's next output for state s.
TEST(SequenceKey, ChainsTheFinaliserOfSplitMix64)
{
    const auto mix = [](std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
        return x ^ (x >> 31);
    };
    EXPECT_EQ(mix(1234567 + 0x9e3779b97f4a7c15ULL), 6457827717110365317ULL);
    std::uint64_t expected = 0;
    for (const std::uint64_t part : {11, 2, 1, 3, 4, 5})
        expected = mix(expected + part + 0x9e3779b97f4a7c15ULL);
    EXPECT_EQ(sequenceKey({11, 2, Purpose::Evaluation, 3, 4, 5}), expected);
}

TEST(SequenceKey, DiffersForEveryPart)
{
    std::set<std::uint64_t> keys;
    const KeyParts base{1, 0, Purpose::Rollout, 0, 0, 0};
    keys.insert(sequenceKey(base));
    for (std::uint64_t i = 1; i < 50; ++i) {
        KeyParts parts = base;
        parts.seed += i;
        keys.insert(sequenceKey(parts));
        parts = base;
        parts.stage = i;
        keys.insert(sequenceKey(parts));
        parts = base;
        parts.step = i;
        keys.insert(sequenceKey(parts));
        parts = base;
        parts.row = i;
        keys.insert(sequenceKey(parts));
        parts = base;
        parts.sample = i;
        keys.insert(sequenceKey(parts));
    }
    KeyParts evaluation = base;
    evaluation.purpose = Purpose::Evaluation;
    keys.insert(sequenceKey(evaluation));
    EXPECT_EQ(keys.size(), 1U + 49 * 5 + 1);
}

} // namespace
} // namespace ahascope::rollout
