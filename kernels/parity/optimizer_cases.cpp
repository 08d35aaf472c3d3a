// The optimizer, with moments in F32 and in 8 bits, and its rounding of BF16 values.
#include <numeric>

#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

constexpr std::int64_t oddCounts[] = {1, 17, 129, 1025, 100001};

AdamWOptions adamWOptions()
{
    return {.learningRate = 0.1f, .weightDecay = 0.1f, .step = 3, .maxGradNorm = 1.0f, .roundingSeed = 20260417};
}

// Magnitudes of a running mean of squares.
Floats squares(Desk& desk, std::int64_t count)
{
    Floats values = desk.random(count);
    for (float& value : values)
        value *= value;
    return values;
}

void addNorm(Cases& cases)
{
    cases.add("sumOfSquares", "set and added", [](Desk& desk) {
        for (const std::int64_t count : oddCounts) {
            const Tensor set = desk.output(1, 1), added = desk.input(1, 1);
            const Tensor x = desk.input(1, count, 3.0f);
            desk.backend().sumOfSquares(set, x);
            desk.backend().sumOfSquares(added, x, {.accumulate = true});
            desk.keep("set, " + std::to_string(count), set);
            desk.keep("added, " + std::to_string(count), added);
        }
    });
}

void addAdamW(Cases& cases)
{
    cases.addWeighted("adamW", "clipped, with decay", [](Desk& desk) {
        for (const std::int64_t count : oddCounts) {
            const Tensor value = desk.table(1, count, desk.random(count)), gradient = desk.input(1, count);
            const Tensor mean = desk.input(1, count), variance = desk.tensor(1, count, squares(desk, count));
            desk.backend().adamW(value, gradient, mean, variance, desk.tensor(1, 1, {9.0f}), adamWOptions());
            desk.keep("value, " + std::to_string(count), value);
            desk.keep("mean, " + std::to_string(count), mean);
            desk.keep("variance, " + std::to_string(count), variance);
        }
    });
}

std::vector<std::uint8_t> randomCodes(Desk& desk, std::int64_t count)
{
    const Ids ids = desk.randomIds(count, 256);
    return {ids.begin(), ids.end()};
}

QuantisedVector randomVector(Desk& desk, std::int64_t count)
{
    const std::int64_t blocks = QuantisedVector::blocks(count);
    return {desk.codes(randomCodes(desk, count)), desk.tensor(1, blocks, squares(desk, blocks))};
}

void addQuantised(Cases& cases)
{
    cases.addWeighted("adamW8bit", "clipped, with decay", [](Desk& desk) {
        for (const std::int64_t count : oddCounts) {
            const std::string size = std::to_string(count);
            const Tensor value = desk.table(1, count, desk.random(count)), gradient = desk.input(1, count);
            const QuantisedVector mean = randomVector(desk, count), variance = randomVector(desk, count);
            desk.backend().adamW8bit(value, gradient, mean, variance, desk.tensor(1, 1, {9.0f}), adamWOptions());
            desk.keep("value, " + size, value);
            desk.keep("mean's codes, " + size, mean.codes);
            desk.keep("mean's scales, " + size, mean.scales);
            desk.keep("variance's codes, " + size, variance.codes);
            desk.keep("variance's scales, " + size, variance.scales);
        }
    });
}

// Every value goes from 1 towards the next BF16 number below by three tenths of the way: so many have to arrive.
// To the nearest, none would.
double shareRoundedDown(Desk& desk, std::uint64_t seed)
{
    constexpr std::int64_t count = 1 << 20;
    constexpr float step = 0x1p-8f;
    const Tensor value = desk.table(1, count, Floats(count, 1.0f));
    const Tensor gradient = desk.tensor(1, count, Floats(count, 1.0f));
    const Tensor mean = desk.zeros(DType::F32, 1, count), variance = desk.zeros(DType::F32, 1, count);
    desk.backend().adamW(value, gradient, mean, variance, desk.tensor(1, 1, {1.0f}),
        {.learningRate = 0.3f * step, .roundingSeed = seed});
    const Floats values = desk.read(value);
    return (static_cast<double>(count) - std::accumulate(values.begin(), values.end(), 0.0)) / (step * count);
}

void addRounding(Cases& cases)
{
    cases.addForBf16("adamW", "stochastic rounding", [](Desk& desk) {
        for (const std::uint64_t seed : {1, 2})
            desk.keep("share rounded down, seed " + std::to_string(seed), shareRoundedDown(desk, seed));
    });
}

} // namespace

void addOptimizerCases(Cases& cases)
{
    addNorm(cases);
    addAdamW(cases);
    addQuantised(cases);
    addRounding(cases);
}

} // namespace ahascope::kernels::parity
