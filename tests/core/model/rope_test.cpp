#include "core/model/rope.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/core/model/tiny_model.h"

namespace ahascope::model {
namespace {

TEST(Rope, TurnsPairsOfChannelsByTheirPosition)
{
    const ModelConfig config = tinyConfig(); // headDim 6, theta 10000
    const std::vector<float> table = ropeValues(config, 3);
    ASSERT_EQ(table.size(), 18U);
    EXPECT_EQ(table[0], 1.0f);
    EXPECT_EQ(table[3], 0.0f);
    EXPECT_FLOAT_EQ(table[12], static_cast<float>(std::cos(2.0)));
    EXPECT_FLOAT_EQ(table[12 + 4], static_cast<float>(std::sin(2 * std::pow(10000.0, -2.0 / 6))));
}

// The frequency of channel pair i: the angle at position 1, times what the cosines are scaled by.
double frequency(const ModelConfig& config, std::int64_t pair, std::int64_t positions = 2)
{
    const std::vector<float> table = ropeValues(config, positions);
    const auto at = static_cast<std::size_t>(config.headDim + pair);
    return std::atan2(table[at + static_cast<std::size_t>(config.headDim / 2)], table[at]);
}

TEST(Rope, DividesPositionsByALinearFactor)
{
    ModelConfig config = tinyConfig();
    config.ropeScaling = {.type = RopeType::Linear, .factor = 4.0};
    EXPECT_EQ(config.contextLength(), 4 * 256);
    EXPECT_FLOAT_EQ(frequency(config, 0), 0.25);
    EXPECT_FLOAT_EQ(frequency(config, 2), std::pow(10000.0, -4.0 / 6) / 4);
}

TEST(Rope, GrowsThetaOnlyBeyondTheModelsPositions)
{
    ModelConfig config = tinyConfig();
    config.ropeScaling = {.type = RopeType::Dynamic, .factor = 2.0};
    EXPECT_EQ(config.contextLength(), 2 * 256);
    EXPECT_EQ(ropeValues(config, 256), ropeValues(tinyConfig(), 256));
    // theta * (factor * length / positions - (factor - 1)) ^ (6 / 4) at length 512
    EXPECT_NEAR(frequency(config, 1, 512), std::pow(10000.0 * std::pow(3.0, 1.5), -2.0 / 6), 1e-7);
}

TEST(Rope, KeepsFastChannelsAndSlowsTheOthersDownInYarn)
{
    ModelConfig config = tinyConfig();
    config.headDim = 16;
    config.ropeScaling = {.type = RopeType::Yarn, .factor = 4.0, .originalPositions = 256, .attentionFactor = 1.5};
    EXPECT_EQ(config.contextLength(), 4 * 256);
    // 32 turns within 256 positions: channel 16 ln(256 / 64 pi) / 2 ln 10000 = 0.21, down to 0; one turn: 3.22, up
    // to 4.
    const auto plain = [](double i) { return std::pow(10000.0, -2.0 * i / 16); };
    EXPECT_NEAR(frequency(config, 0), 1.0, 1e-7);
    EXPECT_NEAR(frequency(config, 2), plain(2) * (0.5 + 0.5 / 4), 1e-7);
    EXPECT_NEAR(frequency(config, 5), plain(5) / 4, 1e-7);
    EXPECT_FLOAT_EQ(ropeValues(config, 1)[0], 1.5f);
    EXPECT_NEAR(yarnAttentionFactor(4.0, 0.0, 0.0), 0.1 * std::log(4.0) + 1.0, 1e-12);
    EXPECT_NEAR(yarnAttentionFactor(4.0, 0.5, 1.0), (0.05 * std::log(4.0) + 1) / (0.1 * std::log(4.0) + 1), 1e-12);
    EXPECT_EQ(yarnAttentionFactor(1.0, 0.0, 0.0), 1.0);
}

TEST(Rope, SlowsLongWavelengthsDownInLlama3)
{
    ModelConfig config = tinyConfig();
    config.ropeScaling = {.type = RopeType::Llama3, .factor = 8.0, .originalPositions = 256};
    EXPECT_EQ(config.contextLength(), 256);
    // Wavelengths 6.3, 135 and 2916 against 256 / 4 and 256 / 1.
    EXPECT_FLOAT_EQ(frequency(config, 0), 1.0);
    const double medium = std::pow(10000.0, -2.0 / 6);
    const double smooth = (256 * medium / (2 * M_PI) - 1) / 3;
    EXPECT_NEAR(frequency(config, 1), (1 - smooth) * medium / 8 + smooth * medium, 1e-7);
    EXPECT_NEAR(frequency(config, 2), std::pow(10000.0, -4.0 / 6) / 8, 1e-7);
}

} // namespace
} // namespace ahascope::model
