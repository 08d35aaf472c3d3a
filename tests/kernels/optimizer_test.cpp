#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

class Optimizer : public OperationTest { };
INSTANTIATE_TEST_SUITE_P(Cpu, Optimizer, ::testing::ValuesIn(instructionSets()), nameOfSet);

TEST_P(Optimizer, SumOfSquaresIsSummedInDouble)
{
    Desk d = desk();
    for (std::int64_t count : {1, 3, 17, 1025, 100000}) {
        RandomValues random(1);
        const Values x = random.floats(count, 10.0);
        double expected = 0;
        for (double value : x)
            expected += value * value;
        const Tensor out = d.poisoned(1, 1);
        d.backend().sumOfSquares(out, d.tensor(1, count, x));
        EXPECT_FLOAT_EQ(d.read(out)[0], float(expected)) << count;
        d.backend().sumOfSquares(out, d.tensor(1, 2, {3.0, 4.0}), {.accumulate = true});
        EXPECT_FLOAT_EQ(d.read(out)[0], float(double(float(expected)) + 25.0)) << count;
    }
}

TEST_P(Optimizer, SumOfSquaresKeepsSmallTermsBesideLargeOnes)
{
    Desk d = desk();
    Values x(65537, 1e-4);
    x[0] = 1.0; // 1 + 65536e-8: in float each of the small terms would vanish
    const Tensor out = d.poisoned(1, 1);
    d.backend().sumOfSquares(out, d.tensor(1, 65537, x));
    EXPECT_NEAR(d.read(out)[0], 1.00065536, 1e-7);
}

struct AdamState {
    Values value, gradient, mean, variance;
};

// torch.optim.AdamW after torch.nn.utils.clip_grad_norm_.
void adamWReference(AdamState& s, const AdamWOptions& o, double norm)
{
    const double clip = o.maxGradNorm > 0 ? std::min(1.0, double(o.maxGradNorm) / (norm + 1e-6)) : 1.0;
    for (std::size_t i = 0; i < s.value.size(); ++i) {
        const double g = s.gradient[i] * clip;
        s.value[i] *= 1.0 - double(o.learningRate) * double(o.weightDecay);
        s.mean[i] = double(o.beta1) * s.mean[i] + (1.0 - double(o.beta1)) * g;
        s.variance[i] = double(o.beta2) * s.variance[i] + (1.0 - double(o.beta2)) * g * g;
        const double mean = s.mean[i] / (1.0 - std::pow(double(o.beta1), double(o.step)));
        const double variance = s.variance[i] / (1.0 - std::pow(double(o.beta2), double(o.step)));
        s.value[i] -= double(o.learningRate) * mean / (std::sqrt(variance) + double(o.epsilon));
    }
}

TEST_P(Optimizer, AdamWFollowsTheFormulaOverSeveralSteps)
{
    for (std::int64_t count : oddSizes) {
        for (float maxNorm : {0.0f, 0.5f, 1e6f}) {
            Desk d = desk();
            RandomValues random(2);
            AdamState expected{
                random.floats(count), {}, Values(std::size_t(count), 0.0), Values(std::size_t(count), 0.0)};
            const Tensor value = d.tensor(1, count, expected.value);
            const Tensor mean = d.tensor(1, count, expected.mean);
            const Tensor variance = d.tensor(1, count, expected.variance);
            AdamWOptions options{.learningRate = 0.01f, .beta2 = 0.99f, .weightDecay = 0.1f, .maxGradNorm = maxNorm};
            for (options.step = 1; options.step <= 5; ++options.step) {
                expected.gradient = random.floats(count);
                double squares = 0;
                for (double g : expected.gradient)
                    squares += g * g;
                const Tensor gradient = d.tensor(1, count, expected.gradient);
                const Tensor normSquared = d.poisoned(1, 1);
                d.backend().sumOfSquares(normSquared, gradient);
                d.backend().adamW(value, gradient, mean, variance, normSquared, options);
                adamWReference(expected, options, std::sqrt(squares));
                const std::string what = std::to_string(count) + " values, step " + std::to_string(options.step);
                expectClose(d.read(value), expected.value, 1e-6, what);
                expectClose(d.read(mean), expected.mean, 1e-6, "mean, " + what);
                expectClose(d.read(variance), expected.variance, 1e-6, "variance, " + what);
            }
        }
    }
}

TEST_P(Optimizer, AdamWOfZeroGradientOnlyDecays)
{
    Desk d = desk();
    const Tensor value = d.tensor(1, 2, {2.0, -4.0});
    const Tensor zeros = d.tensor(1, 2, {0.0, 0.0});
    const Tensor mean = d.tensor(1, 2, {0.0, 0.0});
    const Tensor variance = d.tensor(1, 2, {0.0, 0.0});
    d.backend().adamW(value, zeros, mean, variance, d.tensor(1, 1, {0.0}), {.learningRate = 0.5f, .weightDecay = 0.5f});
    EXPECT_EQ(d.read(value), (std::vector<float>{1.5f, -3.0f}));
}

TEST_P(Optimizer, AnyNumberOfThreadsGivesTheSameBits)
{
    RandomValues random(3);
    const std::int64_t count = 70001;
    const Values gradient = random.floats(count);
    const Values value = random.floats(count);
    std::vector<float> first;
    for (int threads : {1, 2, 3}) {
        Desk d = desk(threads);
        const Tensor v = d.tensor(1, count, value);
        const Tensor g = d.tensor(1, count, gradient);
        const Tensor norm = d.poisoned(1, 1);
        d.backend().sumOfSquares(norm, g);
        d.backend().adamW(v, g, d.tensor(1, count, Values(std::size_t(count), 0.0)),
            d.tensor(1, count, Values(std::size_t(count), 0.0)), norm, {.learningRate = 0.1f, .maxGradNorm = 1.0f});
        std::vector<float> all = d.read(v);
        all.push_back(d.read(norm)[0]);
        if (first.empty())
            first = all;
        expectSame(all, first, std::to_string(threads) + " threads");
    }
}

// create_dynamic_map of bitsandbytes (functional.py), in double.
Values dynamicMap(bool isSigned)
{
    Values map{0.0, 1.0};
    for (int i = 0; i < 7; ++i) {
        const int steps = 1 << (isSigned ? i : i + 1);
        for (int k = 0; k < steps; ++k) {
            const double low = 0.1 + 0.9 * k / steps, high = 0.1 + 0.9 * (k + 1) / steps;
            for (const double sign : {1.0, -1.0})
                if (isSigned || sign > 0)
                    map.push_back(sign * std::pow(10.0, i - 6) * (low + high) / 2);
        }
    }
    return map;
}

// What is left of each value once every 256 of them are rounded to the map's values times the largest.
Values rounded(const Values& values, const Values& map)
{
    Values result(values.size());
    for (std::size_t begin = 0; begin < values.size(); begin += 256) {
        const std::size_t end = std::min(values.size(), begin + 256);
        double scale = 0;
        for (std::size_t i = begin; i < end; ++i)
            scale = std::max(scale, std::abs(values[i]));
        for (std::size_t i = begin; i < end; ++i) {
            double best = 0;
            for (double value : map)
                if (std::abs(value * scale - values[i]) < std::abs(best - values[i]))
                    best = value * scale;
            result[i] = best;
        }
    }
    return result;
}

struct Moment8 {
    Moment8(Backend& backend, std::int64_t count)
        : memory(backend.allocate(std::size_t(count + 64) + 4 * std::size_t(QuantisedVector::blocks(count))))
    {
        const std::int64_t blocks = QuantisedVector::blocks(count);
        vector.scales = {memory.get(), DType::F32, 1, blocks, blocks};
        vector.codes = {memory.get() + 4 * blocks, DType::U8, 1, count, count};
    }

    Buffer memory;
    QuantisedVector vector;
};

TEST_P(Optimizer, AdamW8bitRoundsItsMomentsToTheDynamicMap)
{
    const Values signedMap = dynamicMap(true), unsignedMap = dynamicMap(false);
    ASSERT_EQ(signedMap.size(), 256U);
    ASSERT_EQ(unsignedMap.size(), 256U);
    for (std::int64_t count : {1, 255, 257, 1025}) {
        Desk d = desk();
        RandomValues random(4);
        AdamState expected{random.floats(count), {}, Values(std::size_t(count), 0.0), Values(std::size_t(count), 0.0)};
        const Tensor value = d.tensor(1, count, expected.value);
        const Moment8 mean(d.backend(), count), variance(d.backend(), count);
        AdamWOptions options{.learningRate = 0.01f, .beta2 = 0.99f, .weightDecay = 0.1f, .maxGradNorm = 0.5f};
        for (options.step = 1; options.step <= 3; ++options.step) {
            expected.gradient = random.floats(count);
            for (std::size_t i = 0; i < expected.gradient.size(); ++i) // of very different sizes within a block
                expected.gradient[i] = static_cast<float>(expected.gradient[i] * std::pow(10.0, -int(i % 4)));
            double squares = 0;
            for (double g : expected.gradient)
                squares += g * g;
            const Tensor gradient = d.tensor(1, count, expected.gradient);
            const Tensor normSquared = d.poisoned(1, 1);
            d.backend().sumOfSquares(normSquared, gradient);
            d.backend().adamW8bit(value, gradient, mean.vector, variance.vector, normSquared, options);
            adamWReference(expected, options, std::sqrt(squares));
            expected.mean = rounded(expected.mean, signedMap);
            expected.variance = rounded(expected.variance, unsignedMap);
            // A value in the middle of two quantiles may go either way: the next one is then a little off.
            const std::vector<float> actual = d.read(value);
            std::size_t far = 0;
            for (std::size_t i = 0; i < actual.size(); ++i)
                far += std::abs(actual[i] - expected.value[i]) > 1e-6 ? 1 : 0;
            EXPECT_LE(far, actual.size() / 200) << count << " values, step " << options.step;
        }
    }
}

TEST_P(Optimizer, AdamW8bitHasTheSameBitsForAnyNumberOfThreads)
{
    RandomValues random(5);
    constexpr std::int64_t count = 70001;
    const Values start = random.floats(count), slope = random.floats(count);
    std::vector<float> first;
    for (int threads : {1, 3}) {
        Desk d = desk(threads);
        const Tensor value = d.tensor(1, count, start);
        const Tensor gradient = d.tensor(1, count, slope);
        const Moment8 mean(d.backend(), count), variance(d.backend(), count);
        for (std::int64_t step = 1; step <= 2; ++step)
            d.backend().adamW8bit(value, gradient, mean.vector, variance.vector, d.tensor(1, 1, {1.0}),
                {.learningRate = 0.1f, .step = step});
        if (first.empty())
            first = d.read(value);
        expectSame(d.read(value), first, std::to_string(threads) + " threads");
    }
}

} // namespace
} // namespace ahascope::kernels
