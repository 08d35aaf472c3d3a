#include "core/reward/rational.h"

#include <limits>

#include <gtest/gtest.h>

namespace ahascope::reward {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST(Rational, KeepsLowestTerms)
{
    EXPECT_EQ(divide({6, 1}, {4, 1}), (Rational{3, 2}));
    EXPECT_EQ(divide({6, 1}, {-4, 1}), (Rational{-3, 2}));
    EXPECT_EQ(add({1, 6}, {1, 3}), (Rational{1, 2}));
    EXPECT_EQ(subtract({1, 3}, {1, 3}), (Rational{0, 1}));
    EXPECT_EQ(multiply({2, 3}, {3, 2}), (Rational{1, 1}));
    EXPECT_EQ(toString({-3, 2}), "-3/2");
    EXPECT_EQ(toString({5, 1}), "5");
}

TEST(Rational, RefusesWhatDoesNotFit)
{
    EXPECT_EQ(add({most, 1}, {1, 1}), std::nullopt);
    EXPECT_EQ(multiply({most, 1}, {2, 1}), std::nullopt);
    EXPECT_EQ(divide({1, most}, {2, 1}), std::nullopt);
    EXPECT_EQ(add({1, most}, {1, most - 1}), std::nullopt);
    EXPECT_EQ(subtract({-most, 1}, {most, 1}), std::nullopt);
}

TEST(Rational, GoesThroughLargeProductsThatCancel)
{
    EXPECT_EQ(multiply({most, 2}, {2, most}), (Rational{1, 1}));
    EXPECT_EQ(subtract({most, 1}, {most, 1}), (Rational{0, 1}));
}

TEST(Rational, RefusesDivisionByZero)
{
    EXPECT_EQ(divide({1, 1}, {0, 1}), std::nullopt);
}

} // namespace
} // namespace ahascope::reward
