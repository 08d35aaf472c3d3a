#include "kernels/cpu/tables.h"
#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

class VectorMath : public ::testing::TestWithParam<InstructionSet> { };
INSTANTIATE_TEST_SUITE_P(Cpu, VectorMath, ::testing::ValuesIn(instructionSets()), nameOfSet);

// Distance in units of the last place of the exact result.
double unitsOff(float actual, double exact)
{
    const float nearest = static_cast<float>(exact);
    const double unit = std::max(
        double(std::nextafter(std::abs(nearest), std::numeric_limits<float>::infinity())) - double(std::abs(nearest)),
        double(std::numeric_limits<float>::denorm_min()));
    return std::abs(double(actual) - exact) / unit;
}

TEST_P(VectorMath, ExponentialIsWithinTwoUnits)
{
    const RowKernels& kernels = rowKernelsOf(GetParam());
    std::vector<float> x;
    for (double v = -87.0; v < 88.7; v += 1.7e-4)
        x.push_back(float(v));
    std::vector<float> y(x.size());
    kernels.exponential(y.data(), x.data(), std::int64_t(x.size()));
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        worst = std::max(worst, unitsOff(y[i], std::exp(double(x[i]))));
    EXPECT_LE(worst, 2.0);
}

TEST_P(VectorMath, ExponentialKnowsItsLimits)
{
    const RowKernels& kernels = rowKernelsOf(GetParam());
    const float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> x = {0.0f, -infinity, -110.0f, 89.0f, infinity, std::nanf(""), -1000.0f, 88.722f};
    std::vector<float> y(x.size());
    kernels.exponential(y.data(), x.data(), std::int64_t(x.size()));
    EXPECT_EQ(y[0], 1.0f);
    EXPECT_EQ(y[1], 0.0f);
    EXPECT_EQ(y[2], 0.0f);
    EXPECT_EQ(y[3], infinity);
    EXPECT_EQ(y[4], infinity);
    EXPECT_TRUE(std::isnan(y[5]));
    EXPECT_EQ(y[6], 0.0f);
    EXPECT_LE(unitsOff(y[7], std::exp(double(88.722f))), 2.0);
}

TEST_P(VectorMath, ExponentialNeverFalls)
{
    const RowKernels& kernels = rowKernelsOf(GetParam());
    std::vector<float> x;
    for (float v = -20.0f; v < -19.9f; v = std::nextafter(v, 0.0f))
        x.push_back(v);
    std::vector<float> y(x.size());
    kernels.exponential(y.data(), x.data(), std::int64_t(x.size()));
    for (std::size_t i = 1; i < y.size(); ++i)
        ASSERT_LE(y[i - 1], std::nextafter(y[i], 1.0f)) << x[i];
}

TEST_P(VectorMath, LogarithmIsWithinTwoUnits)
{
    const RowKernels& kernels = rowKernelsOf(GetParam());
    std::vector<float> x = {std::numeric_limits<float>::min(), std::numeric_limits<float>::max(), 1.0f};
    for (double v = 1.2e-38; v < 3e38; v *= 1.00021)
        x.push_back(float(v));
    for (double v = 0.9; v < 1.1; v += 1.3e-6)
        x.push_back(float(v));
    std::vector<float> y(x.size());
    kernels.naturalLog(y.data(), x.data(), std::int64_t(x.size()));
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        worst = std::max(worst, unitsOff(y[i], std::log(double(x[i]))));
    EXPECT_LE(worst, 2.0);
    EXPECT_EQ(y[2], 0.0f);
}

// A value's result does not depend on where in a vector it stands.
TEST_P(VectorMath, PlaceInTheVectorDoesNotMatter)
{
    const RowKernels& kernels = rowKernelsOf(GetParam());
    for (int count : {1, 3, 4, 7, 8, 15, 16, 17, 33}) {
        const std::vector<float> x(std::size_t(count), -3.21f);
        std::vector<float> y(x.size());
        kernels.exponential(y.data(), x.data(), count);
        for (float value : y)
            EXPECT_EQ(value, y.front());
        EXPECT_LE(unitsOff(y.front(), std::exp(double(-3.21f))), 2.0);
    }
}

} // namespace
} // namespace ahascope::kernels
