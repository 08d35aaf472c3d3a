#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

struct Sizes {
    std::int64_t rows, in, out, rank;
};
const std::vector<Sizes> sizes{{1, 3, 5, 1}, {7, 33, 17, 4}, {33, 129, 31, 3}};

// One adapter under the first rows of the weight and one under the others, as those of gate and up.
struct Case {
    Case(const Sizes& s, std::uint32_t seed) : size(s), firstRows(s.out / 2)
    {
        RandomValues random(seed);
        x = random.floats(s.rows * s.in);
        w = random.floats(s.out * s.in);
        for (const std::int64_t out : {firstRows, s.out - firstRows}) {
            a.push_back(random.floats(s.rank * s.in));
            b.push_back(random.floats(out * s.rank));
        }
        dout = random.floats(s.rows * s.out);
    }

    std::int64_t rowsOf(std::size_t adapter) const { return adapter == 0 ? firstRows : size.out - firstRows; }
    std::int64_t beginOf(std::size_t adapter) const { return adapter == 0 ? 0 : firstRows; }

    Weight weight(Desk& d, bool trained) const
    {
        Weight weight = d.weight(size.out, size.in, w);
        for (std::size_t i = 0; i < 2; ++i) {
            const Values none;
            const Values zerosA(trained ? a[i].size() : 0, 0.0), zerosB(trained ? b[i].size() : 0, 0.0);
            weight.adapters.push_back({beginOf(i), scale, d.weight(size.rank, size.in, a[i], zerosA),
                d.weight(rowsOf(i), size.rank, b[i], zerosB)});
        }
        return weight;
    }

    // out = x (W + scale B A)^T, in double
    Values forward(const Values& input, const std::vector<Values>& as, const std::vector<Values>& bs) const
    {
        Values merged = w;
        for (std::int64_t n = 0; n < size.out; ++n) {
            const std::size_t i = n < firstRows ? 0 : 1;
            for (std::int64_t r = 0; r < size.rank; ++r)
                for (std::int64_t k = 0; k < size.in; ++k)
                    merged[std::size_t(n * size.in + k)] += double(scale)
                        * bs[i][std::size_t((n - beginOf(i)) * size.rank + r)] * as[i][std::size_t(r * size.in + k)];
        }
        Values out(static_cast<std::size_t>(size.rows * size.out));
        for (std::int64_t t = 0; t < size.rows; ++t)
            for (std::int64_t n = 0; n < size.out; ++n) {
                double sum = 0;
                for (std::int64_t k = 0; k < size.in; ++k)
                    sum += input[std::size_t(t * size.in + k)] * merged[std::size_t(n * size.in + k)];
                out[std::size_t(t * size.out + n)] = sum;
            }
        return out;
    }

    Sizes size;
    std::int64_t firstRows;
    float scale = 1.75f;
    Values x, w, dout;
    std::vector<Values> a, b;
};

class Adapters : public OperationTest { };
INSTANTIATE_TEST_SUITE_P(Cpu, Adapters, ::testing::ValuesIn(instructionSets()), nameOfSet);

TEST_P(Adapters, AddALowRankProductToTheirRows)
{
    for (const Sizes& s : sizes) {
        Desk d = desk();
        const Case c(s, 1);
        const Weight weight = c.weight(d, false);
        const Tensor out = d.poisoned(s.rows, s.out, 5);
        d.backend().linear(out, d.tensor(s.rows, s.in, c.x, 3), weight, {});
        expectClose(d.read(out), c.forward(c.x, c.a, c.b), 1e-5, std::to_string(s.in) + " in");
    }
}

TEST_P(Adapters, LeaveTheWeightAloneWhenSwitchedOff)
{
    Desk d = desk();
    const Case c(sizes[1], 2);
    Weight weight = c.weight(d, true);
    const Weight plain = d.weight(c.size.out, c.size.in, c.w);
    weight.adapted = false;
    const Tensor x = d.tensor(c.size.rows, c.size.in, c.x);
    const Tensor dout = d.tensor(c.size.rows, c.size.out, c.dout);
    const Tensor off = d.poisoned(c.size.rows, c.size.out), without = d.poisoned(c.size.rows, c.size.out);
    d.backend().linear(off, x, weight, {});
    d.backend().linear(without, x, plain, {});
    expectSame(d.read(off), d.read(without), "out");
    const Tensor dxOff = d.poisoned(c.size.rows, c.size.in), dxWithout = d.poisoned(c.size.rows, c.size.in);
    d.backend().linearBackwardInput(dxOff, dout, weight);
    d.backend().linearBackwardInput(dxWithout, dout, plain);
    expectSame(d.read(dxOff), d.read(dxWithout), "dx");
    d.backend().linearBackwardWeight(weight, {}, dout, x);
    expectSame(d.read(weight.adapters[0].a.gradient), std::vector<float>(c.a[0].size(), 0.0f), "gradient of A");
}

TEST_P(Adapters, HaveTheGradientsOfFiniteDifferences)
{
    for (const Sizes& s : sizes) {
        Desk d = desk();
        const Case c(s, 3);
        Weight weight = c.weight(d, true);
        const Tensor x = d.tensor(s.rows, s.in, c.x);
        const Tensor dout = d.tensor(s.rows, s.out, c.dout);
        const Tensor dx = d.poisoned(s.rows, s.in);
        d.backend().linearBackwardInput(dx, dout, weight);
        d.backend().linearBackwardWeight(weight, {}, dout, x);
        const std::string what = std::to_string(s.in) + " in, ";
        // The function is linear in each of them, so that a wide step is as exact as a narrow one.
        expectClose(d.read(dx),
            numericGradient([&](const Values& at) { return c.forward(at, c.a, c.b); }, c.x, c.dout, 0.5), 1e-5,
            what + "dx");
        for (std::size_t i = 0; i < 2; ++i) {
            if (c.rowsOf(i) == 0)
                continue;
            const auto ofA = [&](const Values& at) {
                std::vector<Values> as = c.a;
                as[i] = at;
                return c.forward(c.x, as, c.b);
            };
            const auto ofB = [&](const Values& at) {
                std::vector<Values> bs = c.b;
                bs[i] = at;
                return c.forward(c.x, c.a, bs);
            };
            expectClose(
                d.read(weight.adapters[i].a.gradient), numericGradient(ofA, c.a[i], c.dout, 0.5), 1e-5, what + "A");
            expectClose(
                d.read(weight.adapters[i].b.gradient), numericGradient(ofB, c.b[i], c.dout, 0.5), 1e-5, what + "B");
        }
    }
}

TEST_P(Adapters, GiveARowTheSameBitsAloneAndAmongOthersForAnyNumberOfThreads)
{
    const Case c({64, 129, 62, 5}, 4);
    std::vector<float> first;
    for (int threads : {1, 2, 3}) {
        Desk d = desk(threads);
        const Weight weight = c.weight(d, false);
        const Tensor x = d.tensor(c.size.rows, c.size.in, c.x);
        const Tensor out = d.poisoned(c.size.rows, c.size.out);
        d.backend().linear(out, x, weight, {});
        const std::vector<float> all = d.read(out);
        if (first.empty())
            first = all;
        expectSame(all, first, std::to_string(threads) + " threads");
        const Tensor alone = d.poisoned(1, c.size.out);
        d.backend().linear(alone, x.rowRange(37, 1), weight, {});
        expectSame(d.read(alone), d.read(out.rowRange(37, 1)), "row 37");
    }
}

// dgateUp and dnormed of the MLP come from its own formulas; what is new is that an adapter takes part in them.
TEST_P(Adapters, TakePartInTheGatedMlpBeforeTheGate)
{
    Desk d = desk();
    constexpr std::int64_t rows = 9, channels = 20, inner = 13, rank = 3;
    RandomValues random(5);
    const Values x = random.floats(rows * channels), normed = random.floats(rows * channels);
    const Values gateUpValues = random.floats(2 * inner * channels), downValues = random.floats(channels * inner);
    const Values a = random.floats(rank * channels), b = random.floats(inner * rank);
    Weight gateUp = d.weight(2 * inner, channels, gateUpValues);
    gateUp.adapters.push_back({inner, 0.5f, d.weight(rank, channels, a), d.weight(inner, rank, b)}); // of up
    Values merged = gateUpValues;
    for (std::int64_t n = 0; n < inner; ++n)
        for (std::int64_t k = 0; k < channels; ++k)
            for (std::int64_t r = 0; r < rank; ++r)
                merged[std::size_t((inner + n) * channels + k)]
                    += 0.5 * b[std::size_t(n * rank + r)] * a[std::size_t(r * channels + k)];
    const Weight mergedWeight = d.weight(2 * inner, channels, merged);
    const Weight down = d.weight(channels, inner, downValues);
    std::vector<std::vector<float>> results;
    for (const Weight* weight : {static_cast<const Weight*>(&gateUp), &mergedWeight}) {
        const Tensor out = d.tensor(rows, channels, x);
        d.backend().gatedMlp(
            out, d.poisoned(rows, 2 * inner), d.poisoned(rows, inner), d.tensor(rows, channels, normed), *weight, down);
        results.push_back(d.read(out));
    }
    expectClose(results[0], Values(results[1].begin(), results[1].end()), 1e-5, "gated MLP");
}

} // namespace
} // namespace ahascope::kernels
