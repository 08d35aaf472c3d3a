#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

class Composites : public OperationTest { };
INSTANTIATE_TEST_SUITE_P(Cpu, Composites, ::testing::ValuesIn(instructionSets()), nameOfSet);

struct MlpShape {
    std::int64_t rows, channels, inner;
};

Values product(const Values& x, const Values& w, std::int64_t rows, std::int64_t in, std::int64_t out)
{
    Values y(std::size_t(rows * out), 0.0);
    for (std::int64_t t = 0; t < rows; ++t) {
        for (std::int64_t o = 0; o < out; ++o) {
            for (std::int64_t i = 0; i < in; ++i)
                y[std::size_t(t * out + o)] += x[std::size_t(t * in + i)] * w[std::size_t(o * in + i)];
        }
    }
    return y;
}

Values mlpReference(const Values& normed, const Values& gateUp, const Values& down, const MlpShape& s)
{
    const Values both = product(normed, gateUp, s.rows, s.channels, 2 * s.inner);
    Values activated(std::size_t(s.rows * s.inner));
    for (std::int64_t t = 0; t < s.rows; ++t) {
        for (std::int64_t i = 0; i < s.inner; ++i) {
            const double gate = both[std::size_t(t * 2 * s.inner + i)];
            activated[std::size_t(t * s.inner + i)]
                = gate / (1.0 + std::exp(-gate)) * both[std::size_t(t * 2 * s.inner + s.inner + i)];
        }
    }
    return product(activated, down, s.rows, s.inner, s.channels);
}

const std::vector<MlpShape> mlpShapes = {{1, 1, 1}, {3, 17, 31}, {33, 31, 129}, {129, 33, 17}, {230, 16, 40}};

TEST_P(Composites, GatedMlpAddsItsOutputToTheStream)
{
    for (const MlpShape& s : mlpShapes) {
        RandomValues random(1);
        const Values normed = random.floats(s.rows * s.channels, 2.0);
        const Values gateUp = random.floats(2 * s.inner * s.channels);
        const Values down = random.floats(s.channels * s.inner);
        const Values x = random.floats(s.rows * s.channels);
        Values expected = mlpReference(normed, gateUp, down, s);
        for (std::size_t i = 0; i < x.size(); ++i)
            expected[i] += x[i];
        std::vector<float> first;
        for (int threads : {1, 2, 3}) {
            Desk d = desk(threads);
            const Weight gateUpWeight = d.weight(2 * s.inner, s.channels, gateUp);
            const Weight downWeight = d.weight(s.channels, s.inner, down);
            const Tensor out = d.tensor(s.rows, s.channels, x);
            d.backend().gatedMlp(out, d.poisoned(s.rows, 2 * s.inner), d.poisoned(s.rows, s.inner),
                d.tensor(s.rows, s.channels, normed), gateUpWeight, downWeight);
            expectClose(d.read(out), expected, 4e-6, std::to_string(s.rows) + " rows");
            if (first.empty())
                first = d.read(out);
            expectSame(d.read(out), first, std::to_string(threads) + " threads");
        }
    }
}

TEST_P(Composites, GatedMlpBackwardAgreesWithFiniteDifferences)
{
    Desk d = desk();
    for (const MlpShape& s : {MlpShape{1, 1, 1}, MlpShape{3, 5, 7}, MlpShape{5, 9, 4}}) {
        RandomValues random(2);
        const Values normed = random.floats(s.rows * s.channels, 2.0);
        const Values gateUp = random.floats(2 * s.inner * s.channels);
        const Values down = random.floats(s.channels * s.inner);
        const Values dx = random.floats(s.rows * s.channels);
        Weight gateUpWeight = d.weight(2 * s.inner, s.channels, gateUp, Values(gateUp.size(), 0.0));
        Weight downWeight = d.weight(s.channels, s.inner, down, Values(down.size(), 0.0));
        const Tensor kept = d.poisoned(s.rows, 2 * s.inner);
        const Tensor activated = d.poisoned(s.rows, s.inner);
        const Tensor normedTensor = d.tensor(s.rows, s.channels, normed);
        d.backend().gatedMlp(d.tensor(s.rows, s.channels, dx), kept, activated, normedTensor, gateUpWeight, downWeight);
        const Tensor dnormed = d.poisoned(s.rows, s.channels);
        d.backend().gatedMlpBackward(dnormed, d.poisoned(s.rows, s.inner), gateUpWeight, downWeight,
            d.tensor(s.rows, s.channels, dx), kept, activated, normedTensor);
        expectClose(d.read(dnormed),
            numericGradient([&](const Values& at) { return mlpReference(at, gateUp, down, s); }, normed, dx), 3e-6,
            "normed");
        expectClose(d.read(gateUpWeight.gradient),
            numericGradient([&](const Values& at) { return mlpReference(normed, at, down, s); }, gateUp, dx), 3e-6,
            "gate and up");
        expectClose(d.read(downWeight.gradient),
            numericGradient([&](const Values& at) { return mlpReference(normed, gateUp, at, s); }, down, dx), 3e-6,
            "down");
    }
}

// What a backend fuses has the bits of the operations that it replaces.
TEST_P(Composites, GatedMlpHasTheBitsOfItsParts)
{
    for (const MlpShape& s : {MlpShape{1, 16, 40}, MlpShape{5, 31, 33}, MlpShape{300, 128, 384}, MlpShape{30, 300, 17},
             MlpShape{64, 128, 512}, MlpShape{1030, 20, 1024}}) {
        Desk d = desk();
        RandomValues random(3);
        const Values gateUp = random.floats(2 * s.inner * s.channels);
        const Values down = random.floats(s.channels * s.inner);
        const Values x = random.floats(s.rows * s.channels);
        const Tensor normed = d.tensor(s.rows, s.channels, random.floats(s.rows * s.channels, 2.0));
        const Tensor dx = d.tensor(s.rows, s.channels, random.floats(s.rows * s.channels));
        std::vector<std::vector<float>> results[2];
        for (const bool fused : {true, false}) {
            Weight gateUpWeight = d.weight(2 * s.inner, s.channels, gateUp, Values(gateUp.size(), 0.5));
            Weight downWeight = d.weight(s.channels, s.inner, down, Values(down.size(), 0.25));
            const Tensor out = d.tensor(s.rows, s.channels, x);
            const Tensor both = d.poisoned(s.rows, 2 * s.inner, 3);
            const Tensor activated = d.poisoned(s.rows, s.inner, 1);
            const Tensor dactivated = d.poisoned(s.rows, s.inner);
            const Tensor dnormed = d.poisoned(s.rows, s.channels);
            Backend& b = d.backend();
            std::vector<float> kept;
            if (fused) {
                b.gatedMlp(out, both, activated, normed, gateUpWeight, downWeight);
                kept = d.read(both);
                b.gatedMlpBackward(dnormed, dactivated, gateUpWeight, downWeight, dx, both, activated, normed);
            } else {
                b.linear(both, normed, gateUpWeight, {});
                b.swiglu(activated, both);
                b.linear(out, activated, downWeight, {}, {.accumulate = true});
                kept = d.read(both);
                b.linearBackwardInput(dactivated, dx, downWeight);
                b.linearBackwardWeight(downWeight, {}, dx, activated);
                b.swigluBackward(both, dactivated, both);
                b.linearBackwardInput(dnormed, both, gateUpWeight);
                b.linearBackwardWeight(gateUpWeight, {}, both, normed);
            }
            results[fused ? 0 : 1] = {d.read(out), kept, d.read(activated), d.read(both), d.read(dnormed),
                d.read(downWeight.gradient), d.read(gateUpWeight.gradient)};
        }
        for (std::size_t i = 0; i < results[0].size(); ++i)
            expectSame(results[0][i], results[1][i], "result " + std::to_string(i) + " of " + std::to_string(s.rows));
    }
}

TEST_P(Composites, AWeightServesGatedAndPlainProductsInTurns)
{
    Desk d = desk();
    RandomValues random(4);
    const MlpShape s{7, 20, 37};
    const Values gateUp = random.floats(2 * s.inner * s.channels);
    const Values normed = random.floats(s.rows * s.channels);
    Weight gateUpWeight = d.weight(2 * s.inner, s.channels, gateUp);
    const Weight down = d.weight(s.channels, s.inner, random.floats(s.channels * s.inner));
    const Tensor normedTensor = d.tensor(s.rows, s.channels, normed);
    const Values expected = product(normed, gateUp, s.rows, s.channels, 2 * s.inner);
    for (int turn = 0; turn < 2; ++turn) {
        const Tensor plain = d.poisoned(s.rows, 2 * s.inner);
        d.backend().linear(plain, normedTensor, gateUpWeight, {});
        expectClose(d.read(plain), expected, 2e-6, "plain");
        const Tensor gated = d.poisoned(s.rows, 2 * s.inner);
        d.backend().gatedMlp(
            d.tensor(s.rows, s.channels, normed), gated, d.poisoned(s.rows, s.inner), normedTensor, gateUpWeight, down);
        expectSame(d.read(gated), d.read(plain), "gated");
        Weight* const weights[] = {&gateUpWeight};
        d.backend().commit(weights);
    }
}

TEST_P(Composites, GatedMlpBackwardLeavesFrozenWeightsAlone)
{
    Desk d = desk();
    Weight gateUp = d.weight(4, 3, Values(12, 0.2));
    Weight down = d.weight(3, 2, Values(6, 0.3));
    const Tensor kept = d.poisoned(1, 4);
    const Tensor activated = d.poisoned(1, 2);
    const Tensor normed = d.tensor(1, 3, {1, 2, 3});
    d.backend().gatedMlp(d.tensor(1, 3, {0, 0, 0}), kept, activated, normed, gateUp, down);
    const Tensor dnormed = d.poisoned(1, 3);
    d.backend().gatedMlpBackward(
        dnormed, d.poisoned(1, 2), gateUp, down, d.tensor(1, 3, {1, 1, 1}), kept, activated, normed);
    for (float value : d.read(dnormed))
        EXPECT_GT(value, 0.0f);
}

} // namespace
} // namespace ahascope::kernels
