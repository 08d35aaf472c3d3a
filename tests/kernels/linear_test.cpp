#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

struct Shape {
    std::int64_t rows, in, out;
};

// Around every edge: tiles of 6 and 14 rows, panels of 8, 16 and 32 columns, blocks of 256 terms, groups of 224 rows.
const std::vector<Shape> shapes
    = {{1, 1, 1}, {3, 17, 31}, {31, 33, 129}, {33, 129, 17}, {17, 1025, 3}, {129, 3, 33}, {5, 256, 32}, {14, 257, 64},
        {15, 512, 65}, {1025, 17, 31}, {2, 31, 1025}, {225, 1024, 70}, {20, 1024, 100}, {20, 100, 1024}};

Values productReference(const Values& x, const Values& w, const Values& bias, const Shape& s)
{
    Values out(static_cast<std::size_t>(s.rows * s.out), 0.0);
    for (std::int64_t t = 0; t < s.rows; ++t) {
        for (std::int64_t o = 0; o < s.out; ++o) {
            double sum = bias.empty() ? 0.0 : bias[std::size_t(o)];
            for (std::int64_t i = 0; i < s.in; ++i)
                sum += x[std::size_t(t * s.in + i)] * w[std::size_t(o * s.in + i)];
            out[std::size_t(t * s.out + o)] = sum;
        }
    }
    return out;
}

Values plus(Values a, const Values& b)
{
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] += b[i];
    return a;
}

Values transposed(const Values& a, std::int64_t rows, std::int64_t columns)
{
    Values b(a.size());
    for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j)
            b[std::size_t(j * rows + i)] = a[std::size_t(i * columns + j)];
    }
    return b;
}

std::string describe(const Shape& s)
{
    return std::to_string(s.rows) + " rows, " + std::to_string(s.in) + " to " + std::to_string(s.out);
}

class Linear : public OperationTest { };
INSTANTIATE_TEST_SUITE_P(Cpu, Linear, ::testing::ValuesIn(instructionSets()), nameOfSet);

TEST_P(Linear, IsTheProductWithAndWithoutBias)
{
    Desk d = desk();
    for (const Shape& s : shapes) {
        RandomValues random(7);
        const Values x = random.floats(s.rows * s.in);
        const Values w = random.floats(s.out * s.in);
        const Values bias = random.floats(s.out);
        const Weight weight = d.weight(s.out, s.in, w);
        const Tensor out = d.poisoned(s.rows, s.out, 5);
        d.backend().linear(out, d.tensor(s.rows, s.in, x, 3), weight, {});
        expectClose(d.read(out), productReference(x, w, {}, s), 2e-6, describe(s));
        const Tensor biased = d.poisoned(s.rows, s.out);
        d.backend().linear(biased, d.tensor(s.rows, s.in, x), weight, d.tensor(1, s.out, bias));
        expectClose(d.read(biased), productReference(x, w, bias, s), 2e-6, "biased, " + describe(s));
    }
}

TEST_P(Linear, AccumulatesOntoTheOutput)
{
    Desk d = desk();
    for (const Shape& s : shapes) {
        RandomValues random(8);
        const Values x = random.floats(s.rows * s.in);
        const Values w = random.floats(s.out * s.in);
        const Values bias = random.floats(s.out);
        const Values before = random.floats(s.rows * s.out, 4.0);
        const Weight weight = d.weight(s.out, s.in, w);
        const Tensor out = d.tensor(s.rows, s.out, before);
        d.backend().linear(out, d.tensor(s.rows, s.in, x), weight, d.tensor(1, s.out, bias), {.accumulate = true});
        expectClose(d.read(out), plus(productReference(x, w, bias, s), before), 2e-6, describe(s));
    }
}

TEST_P(Linear, LeavesWhatStandsBetweenRowsAlone)
{
    Desk d = desk();
    const Shape s{9, 20, 37};
    RandomValues random(9);
    const Weight weight = d.weight(s.out, s.in, random.floats(s.out * s.in));
    const Tensor all = d.tensor(s.rows, s.out + 3, Values(std::size_t(s.rows * (s.out + 3)), 77.0));
    d.backend().linear(all.columnRange(0, s.out), d.tensor(s.rows, s.in, random.floats(s.rows * s.in)), weight, {});
    for (float value : d.read(all.columnRange(s.out, 3)))
        EXPECT_EQ(value, 77.0f);
}

TEST_P(Linear, TakesAWeightForZerosUntilItIsCommitted)
{
    Desk d = desk();
    Weight weight;
    weight.value = d.tensor(33, 17, Values(33 * 17, 1.0));
    d.backend().prepare(weight);
    const Tensor x = d.tensor(2, 17, Values(2 * 17, 1.0));
    const Tensor out = d.poisoned(2, 33);
    d.backend().linear(out, x, weight, {});
    EXPECT_EQ(d.read(out), std::vector<float>(2 * 33, 0.0f));
    Weight* const weights[] = {&weight};
    d.backend().commit(weights);
    d.backend().linear(out, x, weight, {});
    EXPECT_EQ(d.read(out), std::vector<float>(2 * 33, 17.0f));
}

TEST_P(Linear, BackwardInputIsTheProductWithTheTransposedWeight)
{
    Desk d = desk();
    for (const Shape& s : shapes) {
        RandomValues random(10);
        const Values dout = random.floats(s.rows * s.out);
        const Values w = random.floats(s.out * s.in);
        const Values before = random.floats(s.rows * s.in, 4.0);
        const Values expected = productReference(dout, transposed(w, s.out, s.in), {}, {s.rows, s.out, s.in});
        const Weight frozen = d.weight(s.out, s.in, w); // without a gradient its panels are made on demand
        const Weight trained = d.weight(s.out, s.in, w, w);
        const Tensor dx = d.poisoned(s.rows, s.in);
        d.backend().linearBackwardInput(dx, d.tensor(s.rows, s.out, dout, 2), frozen);
        expectClose(d.read(dx), expected, 2e-6, describe(s));
        const Tensor sum = d.tensor(s.rows, s.in, before);
        d.backend().linearBackwardInput(sum, d.tensor(s.rows, s.out, dout), trained, {.accumulate = true});
        expectClose(d.read(sum), plus(expected, before), 2e-6, "accumulated, " + describe(s));
    }
}

TEST_P(Linear, BackwardWeightAddsToGradientAndBias)
{
    Desk d = desk();
    for (const Shape& s : shapes) {
        RandomValues random(11);
        const Values x = random.floats(s.rows * s.in);
        const Values dout = random.floats(s.rows * s.out);
        const Values before = random.floats(s.out * s.in);
        const Values biasBefore = random.floats(s.out);
        const Values expected
            = productReference(transposed(dout, s.rows, s.out), transposed(x, s.rows, s.in), {}, {s.out, s.rows, s.in});
        const Values ones(std::size_t(s.rows), 1.0);
        Weight weight = d.weight(s.out, s.in, before, before);
        const Tensor dbias = d.tensor(1, s.out, biasBefore);
        d.backend().linearBackwardWeight(weight, dbias, d.tensor(s.rows, s.out, dout, 1), d.tensor(s.rows, s.in, x, 2));
        expectClose(d.read(weight.gradient), plus(expected, before), 4e-6, describe(s));
        expectClose(d.read(dbias),
            plus(productReference(ones, transposed(dout, s.rows, s.out), {}, {1, s.rows, s.out}), biasBefore), 4e-6,
            "bias, " + describe(s));
    }
}

TEST_P(Linear, GradientsAgreeWithFiniteDifferences)
{
    Desk d = desk();
    const Shape s{5, 7, 9};
    RandomValues random(12);
    const Values x = random.floats(s.rows * s.in);
    const Values w = random.floats(s.out * s.in);
    const Values dout = random.floats(s.rows * s.out);
    Weight weight = d.weight(s.out, s.in, w, Values(w.size(), 0.0));
    const Tensor dx = d.poisoned(s.rows, s.in);
    const Tensor doutTensor = d.tensor(s.rows, s.out, dout);
    d.backend().linearBackwardInput(dx, doutTensor, weight);
    d.backend().linearBackwardWeight(weight, {}, doutTensor, d.tensor(s.rows, s.in, x));
    expectClose(d.read(dx), numericGradient([&](const Values& at) { return productReference(at, w, {}, s); }, x, dout),
        1e-6, "dx");
    expectClose(d.read(weight.gradient),
        numericGradient([&](const Values& at) { return productReference(x, at, {}, s); }, w, dout), 1e-6, "dw");
}

TEST_P(Linear, ARowHasTheSameBitsAloneAndAmongOthers)
{
    const std::int64_t rows = 300;
    for (const auto& [in, out] : {std::pair<std::int64_t, std::int64_t>{128, 384}, {512, 128}, {1024, 100}, {33, 31}}) {
        RandomValues random(13);
        const Values x = random.floats(rows * in);
        const Values w = random.floats(out * in);
        const Values bias = random.floats(out);
        Desk d = desk(2);
        const Weight weight = d.weight(out, in, w);
        const Tensor xTensor = d.tensor(rows, in, x);
        const Tensor biasTensor = d.tensor(1, out, bias);
        const Tensor all = d.poisoned(rows, out);
        d.backend().linear(all, xTensor, weight, biasTensor);
        for (std::int64_t count : {1, 2, 5, 6, 13, 14, 15, 64}) {
            for (std::int64_t first : {std::int64_t(0), std::int64_t(37), rows - count}) {
                const Tensor some = d.poisoned(count, out);
                d.backend().linear(some, xTensor.rowRange(first, count), weight, biasTensor);
                expectSame(d.read(some), d.read(all.rowRange(first, count)),
                    std::to_string(count) + " rows from " + std::to_string(first));
            }
        }
    }
}

TEST_P(Linear, AnyNumberOfThreadsGivesTheSameBits)
{
    for (const Shape& s : {Shape{300, 129, 384}, Shape{2050, 128, 100}, Shape{64, 512, 128}}) {
        RandomValues random(14);
        const Values x = random.floats(s.rows * s.in);
        const Values w = random.floats(s.out * s.in);
        const Values dout = random.floats(s.rows * s.out);
        std::vector<std::vector<float>> results[4];
        for (int threads : {1, 2, 3, 7}) {
            Desk d = desk(threads);
            Weight weight = d.weight(s.out, s.in, w, Values(w.size(), 0.5));
            const Tensor out = d.poisoned(s.rows, s.out);
            const Tensor dx = d.poisoned(s.rows, s.in);
            const Tensor dbias = d.tensor(1, s.out, Values(std::size_t(s.out), 0.0));
            const Tensor doutTensor = d.tensor(s.rows, s.out, dout);
            const Tensor xTensor = d.tensor(s.rows, s.in, x);
            d.backend().linear(out, xTensor, weight, {});
            d.backend().linearBackwardInput(dx, doutTensor, weight);
            d.backend().linearBackwardWeight(weight, dbias, doutTensor, xTensor);
            results[0].push_back(d.read(out));
            results[1].push_back(d.read(dx));
            results[2].push_back(d.read(weight.gradient));
            results[3].push_back(d.read(dbias));
        }
        for (const auto& result : results) {
            for (const auto& other : result)
                expectSame(other, result.front(), describe(s));
        }
    }
}

TEST_P(Linear, CommitMakesANewValueCount)
{
    Desk d = desk();
    RandomValues random(15);
    const Shape s{4, 40, 50};
    const Values x = random.floats(s.rows * s.in);
    const Values second = random.floats(s.out * s.in);
    const Values dout = random.floats(s.rows * s.out);
    Weight weight = d.weight(s.out, s.in, random.floats(s.out * s.in), second);
    const std::vector<float> floats(second.begin(), second.end());
    d.backend().upload(weight.value, floats.data());
    Weight* const list[] = {&weight};
    d.backend().commit(list);
    const Tensor out = d.poisoned(s.rows, s.out);
    const Tensor dx = d.poisoned(s.rows, s.in);
    d.backend().linear(out, d.tensor(s.rows, s.in, x), weight, {});
    d.backend().linearBackwardInput(dx, d.tensor(s.rows, s.out, dout), weight);
    expectClose(d.read(out), productReference(x, second, {}, s), 2e-6, "forward");
    expectClose(d.read(dx), productReference(dout, transposed(second, s.out, s.in), {}, {s.rows, s.out, s.in}), 2e-6,
        "backward");
}

TEST_P(Linear, NoRowsIsNoWork)
{
    Desk d = desk();
    Weight weight = d.weight(3, 4, Values(12, 1.0), Values(12, 2.0));
    d.backend().linear(d.poisoned(0, 3), d.poisoned(0, 4), weight, {});
    d.backend().linearBackwardInput(d.poisoned(0, 4), d.poisoned(0, 3), weight);
    d.backend().linearBackwardWeight(weight, {}, d.poisoned(0, 3), d.poisoned(0, 4));
    for (float value : d.read(weight.gradient))
        EXPECT_EQ(value, 2.0f);
}

} // namespace
} // namespace ahascope::kernels
