#include "kernels/philox.h"

#include <set>

#include <gtest/gtest.h>

namespace ahascope::kernels {
namespace {

// The known answers of Random123's kat_vectors for philox4x32, 10 rounds.
TEST(Philox, GivesTheKnownAnswersOfItsAuthors)
{
    EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
        (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
        (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, CanBeWorkedOutByTheCompiler)
{
    static_assert(philox4x32({0, 0, 0, 0}, {0, 0})[3] == 0x9b00dbd8);
}

TEST(Philox, DiffersForEachCounterAndKey)
{
    std::set<PhiloxCounter> seen;
    for (std::uint32_t i = 0; i < 100; ++i) {
        seen.insert(philox4x32({i, 0, 0, 0}, {1, 2}));
        seen.insert(philox4x32({0, i + 1, 0, 0}, {1, 2}));
        seen.insert(philox4x32({0, 0, 0, 0}, {1, i + 3}));
    }
    EXPECT_EQ(seen.size(), 300U);
}

TEST(Philox, ExponentialNumbersAreFineGrainedWhereTheyAreSmallAndNeverZeroOrInfinite)
{
    EXPECT_NEAR(exponentialFromBits(0) / 0x1p-33, 1.0, 1e-6);
    EXPECT_NEAR(exponentialFromBits(1) / (3 * 0x1p-33), 1.0, 1e-6);
    EXPECT_NEAR(exponentialFromBits(0x80000000), std::log(2.0), 1e-6);
    EXPECT_NEAR(exponentialFromBits(0xffffffff), 24 * std::log(2.0), 1e-6);
}

} // namespace
} // namespace ahascope::kernels
