#include "core/formats/tensor_values.h"

#include <bit>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "core/formats/checked_size.h"
#include "core/problem.h"

namespace ahascope::formats {
namespace {

TEST(TensorValues, ConvertsEveryHalfExactly)
{
    std::vector<std::uint16_t> halves(65536);
    for (std::size_t i = 0; i < halves.size(); ++i)
        halves[i] = static_cast<std::uint16_t>(i);
    std::vector<float> values(halves.size());
    toFloat(TensorType::F16, std::as_bytes(std::span(halves)), values);
    for (std::size_t i = 0; i < halves.size(); ++i) {
        const int exponent = (i >> 10) & 31;
        const double mantissa = static_cast<double>(i & 1023);
        const double sign = i & 0x8000 ? -1 : 1;
        if (exponent == 31) {
            EXPECT_EQ(std::isnan(values[i]), mantissa != 0);
            continue;
        }
        const double expected = exponent == 0 ? mantissa * 0x1p-24 : std::ldexp(1 + mantissa / 1024, exponent - 15);
        ASSERT_EQ(values[i], static_cast<float>(sign * expected)) << i;
        ASSERT_EQ(std::signbit(values[i]), sign < 0) << i;
    }
}

TEST(TensorValues, RoundsToBfloat16HalfToEven)
{
    const auto bits = [](std::uint32_t word) { return toBfloat16(std::bit_cast<float>(word)); };
    EXPECT_EQ(bits(0x3f808000), 0x3f80); // half way, even below
    EXPECT_EQ(bits(0x3f818000), 0x3f82); // half way, even above
    EXPECT_EQ(bits(0x3f808001), 0x3f81);
    EXPECT_EQ(bits(0x3f807fff), 0x3f80);
    EXPECT_EQ(bits(0x7f7fffff), 0x7f80); // the largest F32 is nearer to infinity
    EXPECT_EQ(bits(0xff800000), 0xff80);
    EXPECT_EQ(bits(0x7f800001) & 0x7fc0, 0x7fc0); // a NaN whose payload is cut off stays a NaN
    EXPECT_EQ(bits(0x80000000), 0x8000);
}

TEST(TensorValues, RoundsToHalfAndBack)
{
    for (std::uint32_t half = 0; half < 0x10000; ++half) {
        const auto bits = static_cast<std::uint16_t>(half);
        float value = 0;
        toFloat(TensorType::F16, std::as_bytes(std::span(&bits, 1)), std::span(&value, 1));
        if (!std::isnan(value))
            ASSERT_EQ(toHalf(value), half);
        else
            ASSERT_EQ(toHalf(value) & 0x7e00, 0x7e00);
    }
}

TEST(TensorValues, RoundsToHalfHalfToEven)
{
    EXPECT_EQ(toHalf(2049.0f), 0x6800);   // 2048 and 2050 are neighbours; the even one
    EXPECT_EQ(toHalf(2051.0f), 0x6802);   // 2052
    EXPECT_EQ(toHalf(2049.001f), 0x6801); // 2050
    EXPECT_EQ(toHalf(65504.0f), 0x7bff);  // the largest
    EXPECT_EQ(toHalf(65519.99f), 0x7bff);
    EXPECT_EQ(toHalf(-65520.0f), 0xfc00);    // half way to 65536, which is infinite
    EXPECT_EQ(toHalf(0x1p-24f), 0x0001);     // the smallest
    EXPECT_EQ(toHalf(0x1p-25f), 0x0000);     // half way to it
    EXPECT_EQ(toHalf(0x1.8p-24f), 0x0002);   // half way between 1 and 2 of it
    EXPECT_EQ(toHalf(0x1.ff8p-15f), 0x03ff); // the largest subnormal
    EXPECT_EQ(toHalf(-0.0f), 0x8000);
}

TEST(TensorValues, QuantisesWithinHalfAStepOfTheScale)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(4 * 32), back(values.size());
    for (float& value : values)
        value = normal(random);
    std::fill(values.begin() + 64, values.begin() + 96, 0.0f); // a block of zeros
    std::vector<std::byte> stored;
    appendStored(TensorType::Q8_0, values, stored);
    ASSERT_EQ(stored.size(), 4u * 34);
    toFloat(TensorType::Q8_0, stored, back);
    for (std::size_t block = 0; block < 4; ++block) {
        float largest = 0;
        for (std::size_t i = 0; i < 32; ++i)
            largest = std::max(largest, std::fabs(values[32 * block + i]));
        for (std::size_t i = 32 * block; i < 32 * block + 32; ++i) // half a step, and the scale's rounding to F16
            EXPECT_LE(std::fabs(back[i] - values[i]), largest / 127 * 0.5f + largest * 0x1p-11f) << i;
    }
}

TEST(TensorValues, StoresTheLargestOfABlockAs127)
{
    std::vector<float> values(32, 0.0f);
    values[3] = -254.0f; // the scale is 2
    values[4] = 3.0f;    // 1.5 steps: half away from zero
    values[5] = -3.0f;
    std::vector<std::byte> stored;
    appendStored(TensorType::Q8_0, values, stored);
    EXPECT_EQ(stored[0], std::byte{0x00}); // 2 as F16 is 0x4000
    EXPECT_EQ(stored[1], std::byte{0x40});
    EXPECT_EQ(static_cast<std::int8_t>(stored[2 + 3]), -127);
    EXPECT_EQ(static_cast<std::int8_t>(stored[2 + 4]), 2);
    EXPECT_EQ(static_cast<std::int8_t>(stored[2 + 5]), -2);
}

TEST(TensorValues, RefusesSpansThatDoNotFit)
{
    std::vector<float> values(31);
    std::vector<std::byte> stored;
    EXPECT_THROW(appendStored(TensorType::Q8_0, values, stored), std::logic_error);
    EXPECT_THROW(toFloat(TensorType::F16, stored, values), std::logic_error);
}

TEST(CheckedSize, RefusesWhatDoesNotFitIn63Bits)
{
    constexpr std::uint64_t Half = std::uint64_t{1} << 32;
    EXPECT_EQ(checkedProduct(Half, Half / 4, "x"), std::uint64_t{1} << 62);
    EXPECT_THROW(checkedProduct(Half, Half / 2, "x"), InputError); // 2^63
    EXPECT_THROW(checkedProduct(Half, Half, "x"), InputError);     // wraps to 0
    EXPECT_EQ(checkedSum(1, INT64_MAX - 1, "x"), static_cast<std::uint64_t>(INT64_MAX));
    EXPECT_THROW(checkedSum(1, INT64_MAX, "x"), InputError);
    EXPECT_THROW(checkedSum(~std::uint64_t{0}, 1, "x"), InputError);
    EXPECT_EQ(checkedRoundUp(33, 32, "x"), 64u);
    EXPECT_EQ(checkedRoundUp(64, 32, "x"), 64u);
    EXPECT_THROW(checkedRoundUp(INT64_MAX, 32, "x"), InputError);
}

} // namespace
} // namespace ahascope::formats
