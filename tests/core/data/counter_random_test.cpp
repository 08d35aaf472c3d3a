#include "core/data/counter_random.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

namespace ahascope::data {

TEST(CounterRandom, IsSplitMix64)
{
    // First outputs of the reference implementation (Vigna, splitmix64.c) started from 1234567.
    EXPECT_EQ(mix64(1234567), 6457827717110365317u);
    EXPECT_EQ(mix64(1234567 + 0x9E3779B97F4A7C15u), 3203168211198807973u);
}

TEST(CounterRandom, DependsOnItsKeyAlone)
{
    CounterRandom a{1, 2};
    CounterRandom b{1, 2};
    CounterRandom c{2, 1};
    const std::uint64_t first = a.next();
    EXPECT_EQ(first, b.next());
    EXPECT_NE(first, c.next());
}

TEST(CounterRandom, DrawsEveryNumberBelowACountAboutAsOften)
{
    CounterRandom random{7};
    std::array<int, 6> counts{};
    for (int i = 0; i < 60'000; ++i) {
        ++counts[random.below(6)];
    }
    for (const int count : counts) {
        EXPECT_NEAR(count, 10'000, 400); // more than four standard deviations
    }
}

TEST(CounterRandom, ShufflesIntoAPermutation)
{
    CounterRandom random{3};
    std::vector<int> values{1, 2, 3, 4, 5, 6, 7, 8};
    const std::vector<int> before = values;
    random.shuffle(values);
    EXPECT_NE(values, before);
    std::sort(values.begin(), values.end());
    EXPECT_EQ(values, before);
}

} // namespace ahascope::data
