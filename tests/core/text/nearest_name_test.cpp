#include "core/text/nearest_name.h"

#include <vector>

#include <gtest/gtest.h>

namespace ahascope::text {
namespace {

const std::vector<std::string> known{"learning_rate", "num_generations", "seed", "steps", "stop"};

TEST(NearestName, FindsAMistypedName)
{
    EXPECT_EQ(nearestName("learnig_rate", known), "learning_rate");
    EXPECT_EQ(nearestName("lr_learning", known), "");
    EXPECT_EQ(nearestName("setps", known), "steps") << "two neighbours swapped count once";
    EXPECT_EQ(nearestName("num_generation", known), "num_generations");
    EXPECT_EQ(nearestName("stop", known), "stop");
}

TEST(NearestName, TakesTheFirstOfEquallyNearOnes)
{
    EXPECT_EQ(nearestName("see", std::vector<std::string>{"seed", "seen"}), "seed");
}

TEST(NearestName, IsSilentWhenNothingIsNear)
{
    EXPECT_EQ(nearestName("temperature", known), "");
    EXPECT_EQ(nearestName(std::string(100'000, 's'), known), "");
    EXPECT_EQ(nameRemedy("temperature", std::vector<std::string>{"a_long_name", "stop"}), "known: a_long_name, stop");
}

} // namespace
} // namespace ahascope::text
