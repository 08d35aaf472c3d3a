#include <array>

#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

class RowOperations : public OperationTest { };
INSTANTIATE_TEST_SUITE_P(Cpu, RowOperations, ::testing::ValuesIn(instructionSets()), nameOfSet);

TEST_P(RowOperations, EmbeddingCopiesTheRowsOfItsIds)
{
    Desk d = desk();
    for (std::int64_t columns : oddSizes) {
        for (std::int64_t rows : {1, 33, 129}) {
            RandomValues random(1);
            const Values table = random.floats(20 * columns);
            const Values ids = random.integers(rows, 20);
            const Tensor out = d.poisoned(rows, columns, 3);
            d.backend().embedding(out, d.tensor(20, columns, table), d.ids(ids));
            Values expected;
            for (double id : ids)
                expected.insert(expected.end(), table.begin() + std::int64_t(id) * columns,
                    table.begin() + (std::int64_t(id) + 1) * columns);
            expectClose(d.read(out), expected, 0.0, "embedding");
        }
    }
}

TEST_P(RowOperations, EmbeddingBackwardAddsUpRowsOfTheSameId)
{
    for (std::int64_t columns : oddSizes) {
        RandomValues random(2);
        const std::int64_t rows = 200;
        const Values dout = random.floats(rows * columns);
        const Values ids = random.integers(rows, 7);
        const Values before = random.floats(7 * columns);
        std::vector<float> expected(before.begin(), before.end()); // in float and in order: equal bits
        for (std::int64_t t = 0; t < rows; ++t) {
            for (std::int64_t c = 0; c < columns; ++c)
                expected[std::size_t(std::int64_t(ids[std::size_t(t)]) * columns + c)]
                    += float(dout[std::size_t(t * columns + c)]);
        }
        for (int threads : {1, 2, 3}) {
            Desk d = desk(threads);
            const Tensor dtable = d.tensor(7, columns, before);
            d.backend().embeddingBackward(dtable, d.tensor(rows, columns, dout), d.ids(ids));
            expectSame(d.read(dtable), expected, std::to_string(threads) + " threads");
        }
    }
}

TEST_P(RowOperations, GatherAndScatterAreInverseForDistinctRows)
{
    Desk d = desk();
    RandomValues random(3);
    const Values x = random.floats(5 * 33);
    const Tensor gathered = d.poisoned(3, 33);
    const Tensor rows = d.ids({4, 0, 2});
    d.backend().gatherRows(gathered, d.tensor(5, 33, x), rows);
    const Tensor back = d.tensor(5, 33, Values(5 * 33, 0.0));
    d.backend().scatterAddRows(back, gathered, rows);
    Values expected = x;
    for (std::size_t c = 0; c < 33; ++c)
        expected[33 + c] = expected[3 * 33 + c] = 0.0;
    expectClose(d.read(back), expected, 0.0, "rows 0, 2 and 4");
}

TEST_P(RowOperations, IdsOutsideTheTableAreRefusedBeforeAnythingIsRead)
{
    Desk d = desk();
    const Tensor table = d.tensor(4, 8, Values(32, 1.0));
    const Tensor out = d.tensor(2, 8, Values(16, 0.0));
    for (double bad : {-1.0, 4.0, 2147483647.0}) {
        const Tensor ids = d.ids({0, bad});
        EXPECT_THROW(d.backend().embedding(out, table, ids), std::logic_error);
        EXPECT_THROW(d.backend().embeddingBackward(table, out, ids), std::logic_error);
        EXPECT_THROW(d.backend().gatherRows(out, table, ids), std::logic_error);
        EXPECT_THROW(d.backend().scatterAddRows(table, out, ids), std::logic_error);
    }
    EXPECT_EQ(d.read(table), std::vector<float>(32, 1.0f));
}

TEST_P(RowOperations, AddAddsRowsThatStandApart)
{
    Desk d = desk();
    for (std::int64_t columns : oddSizes) {
        RandomValues random(4);
        const Values a = random.floats(9 * columns);
        const Values b = random.floats(9 * columns);
        const Tensor out = d.tensor(9, columns, a, 1);
        d.backend().add(out, d.tensor(9, columns, b, 2));
        Values expected = a;
        for (std::size_t i = 0; i < a.size(); ++i)
            expected[i] = float(a[i]) + float(b[i]);
        expectClose(d.read(out), expected, 0.0, std::to_string(columns) + " columns");
    }
}

// ---- RMS norm

Values rmsNormReference(const Values& x, const Values& weight, double epsilon)
{
    const std::size_t columns = weight.size();
    Values out(x.size());
    for (std::size_t row = 0; row < x.size(); row += columns) {
        double squares = 0;
        for (std::size_t c = 0; c < columns; ++c)
            squares += x[row + c] * x[row + c];
        const double rms = std::sqrt(squares / double(columns) + epsilon);
        for (std::size_t c = 0; c < columns; ++c)
            out[row + c] = x[row + c] / rms * weight[c];
    }
    return out;
}

TEST_P(RowOperations, RmsNormDividesByTheRootMeanSquare)
{
    Desk d = desk();
    for (std::int64_t columns : oddSizes) {
        for (std::int64_t rows : {1, 17, 129}) {
            RandomValues random(5);
            const Values x = random.floats(rows * columns, 3.0);
            const Values weight = random.floats(columns);
            const Tensor out = d.poisoned(rows, columns, 1);
            const Tensor rstd = d.poisoned(1, rows);
            const Tensor xTensor = d.tensor(rows, columns, x, 2);
            d.backend().rmsNorm(out, rstd, xTensor, d.tensor(1, columns, weight), 1e-5f);
            const Values expected = rmsNormReference(x, weight, 1e-5);
            expectClose(d.read(out), expected, 1e-6, std::to_string(columns) + " columns");
            Values rstdExpected;
            for (std::size_t t = 0; t < std::size_t(rows); ++t) {
                double squares = 0;
                for (std::size_t c = 0; c < std::size_t(columns); ++c)
                    squares += std::pow(x[t * std::size_t(columns) + c], 2);
                rstdExpected.push_back(1.0 / std::sqrt(squares / double(columns) + 1e-5));
            }
            expectClose(d.read(rstd), rstdExpected, 1e-6, "rstd");
            const Tensor alone = d.poisoned(rows, columns);
            d.backend().rmsNorm(alone, {}, xTensor, d.tensor(1, columns, weight), 1e-5f);
            expectSame(d.read(alone), d.read(out), "without rstd");
        }
    }
}

TEST_P(RowOperations, RmsNormBackwardAgreesWithFiniteDifferences)
{
    Desk d = desk();
    for (const auto& [rows, columns] :
        {std::pair<std::int64_t, std::int64_t>{1, 1}, {3, 17}, {17, 31}, {5, 33}, {2, 129}, {1, 400}, {40, 3}}) {
        RandomValues random(6);
        const Values x = random.floats(rows * columns, 2.0);
        const Values weight = random.floats(columns);
        const Values dout = random.floats(rows * columns);
        const Values dxBefore = random.floats(rows * columns);
        const Values dweightBefore = random.floats(columns);
        const Tensor xTensor = d.tensor(rows, columns, x);
        const Tensor weightTensor = d.tensor(1, columns, weight);
        const Tensor rstd = d.poisoned(1, rows);
        d.backend().rmsNorm(d.poisoned(rows, columns), rstd, xTensor, weightTensor, 1e-3f);
        const Tensor dx = d.tensor(rows, columns, dxBefore);
        const Tensor dweight = d.tensor(1, columns, dweightBefore);
        d.backend().rmsNormBackward(dx, dweight, d.tensor(rows, columns, dout), xTensor, weightTensor, rstd);
        Values dxExpected
            = numericGradient([&](const Values& at) { return rmsNormReference(at, weight, double(1e-3f)); }, x, dout);
        Values dweightExpected
            = numericGradient([&](const Values& at) { return rmsNormReference(x, at, double(1e-3f)); }, weight, dout);
        for (std::size_t i = 0; i < dxExpected.size(); ++i)
            dxExpected[i] += dxBefore[i];
        for (std::size_t i = 0; i < dweightExpected.size(); ++i)
            dweightExpected[i] += dweightBefore[i];
        expectClose(d.read(dx), dxExpected, 3e-6, "dx of " + std::to_string(columns) + " columns");
        expectClose(d.read(dweight), dweightExpected, 3e-6, "dweight of " + std::to_string(columns) + " columns");
    }
}

TEST_P(RowOperations, RmsNormOfHeadsIsThatOfRowsOfTheirOwn)
{
    for (const auto& [rows, heads, columns] :
        {std::array<std::int64_t, 3>{1, 2, 8}, {3, 3, 17}, {17, 7, 6}, {5, 2, 33}}) {
        Desk d = desk();
        RandomValues random(8);
        const std::int64_t count = rows * heads;
        const Values x = random.floats(count * columns, 2.0);
        const Values dout = random.floats(count * columns);
        const Tensor weight = d.tensor(1, columns, random.floats(columns));
        const Tensor apart = d.poisoned(count, columns);
        const Tensor together = d.tensor(rows, heads * columns, x, 5); // in place
        const Tensor apartRstd = d.poisoned(1, count);
        const Tensor togetherRstd = d.poisoned(1, count);
        d.backend().rmsNorm(apart, apartRstd, d.tensor(count, columns, x), weight, 1e-5f);
        d.backend().rmsNorm(together, togetherRstd, together, weight, 1e-5f);
        expectSame(d.read(together), d.read(apart), "out");
        expectSame(d.read(togetherRstd), d.read(apartRstd), "rstd");

        const Tensor apartDx = d.tensor(count, columns, dout);
        const Tensor togetherDx = d.tensor(rows, heads * columns, dout, 2);
        const Tensor apartDweight = d.tensor(1, columns, Values(std::size_t(columns), 0.5));
        const Tensor togetherDweight = d.tensor(1, columns, Values(std::size_t(columns), 0.5));
        d.backend().rmsNormBackward(
            apartDx, apartDweight, d.tensor(count, columns, dout), d.tensor(count, columns, x), weight, apartRstd);
        d.backend().rmsNormBackward(togetherDx, togetherDweight, d.tensor(rows, heads * columns, dout, 1),
            d.tensor(rows, heads * columns, x, 3), weight, togetherRstd);
        expectSame(d.read(togetherDx), d.read(apartDx), "dx");
        expectSame(d.read(togetherDweight), d.read(apartDweight), "dweight");
    }
}

TEST_P(RowOperations, RmsNormRefusesAWeightThatDoesNotDivideTheRow)
{
    Desk d = desk();
    const Tensor x = d.tensor(1, 10, Values(10, 1.0));
    EXPECT_THROW(d.backend().rmsNorm(x, {}, x, d.tensor(1, 4, Values(4, 1.0)), 1e-6f), std::logic_error);
    EXPECT_THROW(d.backend().rmsNorm(x, d.poisoned(1, 1), x, d.tensor(1, 5, Values(5, 1.0)), 1e-6f), std::logic_error);
}

TEST_P(RowOperations, RmsNormOfAnyNumberOfThreadsHasTheSameBits)
{
    RandomValues random(7);
    const std::int64_t rows = 1025;
    const std::int64_t columns = 129;
    const Values x = random.floats(rows * columns);
    const Values weight = random.floats(columns);
    const Values dout = random.floats(rows * columns);
    std::vector<std::vector<float>> results;
    for (int threads : {1, 2, 3}) {
        Desk d = desk(threads);
        const Tensor xTensor = d.tensor(rows, columns, x);
        const Tensor weightTensor = d.tensor(1, columns, weight);
        const Tensor out = d.poisoned(rows, columns);
        const Tensor rstd = d.poisoned(1, rows);
        const Tensor dx = d.tensor(rows, columns, x);
        const Tensor dweight = d.tensor(1, columns, weight);
        d.backend().rmsNorm(out, rstd, xTensor, weightTensor, 1e-6f);
        d.backend().rmsNormBackward(dx, dweight, d.tensor(rows, columns, dout), xTensor, weightTensor, rstd);
        std::vector<float> all = d.read(out);
        for (const Tensor& more : {dx, dweight}) {
            const std::vector<float> values = d.read(more);
            all.insert(all.end(), values.begin(), values.end());
        }
        results.push_back(all);
        expectSame(all, results.front(), std::to_string(threads) + " threads");
    }
}

// ---- Rotary positions

// Angle of pair i at position p: p * base^(-2 i / headDim).
Values ropeTable(std::int64_t positions, std::int64_t headDim)
{
    Values table(std::size_t(positions * headDim));
    for (std::int64_t p = 0; p < positions; ++p) {
        for (std::int64_t i = 0; i < headDim / 2; ++i) {
            const double angle = double(p) * std::pow(10000.0, -2.0 * double(i) / double(headDim));
            table[std::size_t(p * headDim + i)] = float(std::cos(angle));
            table[std::size_t(p * headDim + headDim / 2 + i)] = float(std::sin(angle));
        }
    }
    return table;
}

Values ropeReference(
    const Values& x, const Values& positions, const Values& table, std::int64_t columns, std::int64_t headDim)
{
    Values out = x;
    const std::int64_t half = headDim / 2;
    for (std::size_t t = 0; t < positions.size(); ++t) {
        const std::size_t angles = std::size_t(std::int64_t(positions[t]) * headDim);
        for (std::int64_t head = 0; head < columns; head += headDim) {
            for (std::int64_t i = 0; i < half; ++i) {
                const std::size_t low = t * std::size_t(columns) + std::size_t(head + i);
                const std::size_t high = low + std::size_t(half);
                const double c = table[angles + std::size_t(i)];
                const double s = table[angles + std::size_t(half + i)];
                out[low] = x[low] * c - x[high] * s;
                out[high] = x[high] * c + x[low] * s;
            }
        }
    }
    return out;
}

TEST_P(RowOperations, RopeTurnsPairsByTheAngleOfTheirPosition)
{
    Desk d = desk();
    for (std::int64_t headDim : {2, 6, 32, 64, 66}) {
        for (std::int64_t heads : {1, 3}) {
            RandomValues random(8);
            const std::int64_t rows = 33;
            const std::int64_t columns = heads * headDim;
            const Values x = random.floats(rows * columns);
            const Values positions = random.integers(rows, 50);
            const Values table = ropeTable(50, headDim);
            const Tensor inPlace = d.tensor(rows, columns, x, 7);
            const Tensor positionIds = d.ids(positions);
            const Tensor tableTensor = d.tensor(50, headDim, table);
            d.backend().rope(inPlace, positionIds, tableTensor, {.headDim = headDim});
            expectClose(d.read(inPlace), ropeReference(x, positions, table, columns, headDim), 1e-6,
                "head of " + std::to_string(headDim));
            d.backend().rope(inPlace, positionIds, tableTensor, {.headDim = headDim, .inverse = true});
            expectClose(d.read(inPlace), x, 1e-6, "turned back");
        }
    }
}

TEST_P(RowOperations, RopeBackwardIsTheInverseTurn)
{
    Desk d = desk();
    RandomValues random(9);
    const Values x = random.floats(4 * 12);
    const Values dout = random.floats(4 * 12);
    const Values positions = {0, 3, 9, 1};
    const Values table = ropeTable(10, 6);
    const Tensor gradient = d.tensor(4, 12, dout);
    d.backend().rope(gradient, d.ids(positions), d.tensor(10, 6, table), {.headDim = 6, .inverse = true});
    expectClose(d.read(gradient),
        numericGradient([&](const Values& at) { return ropeReference(at, positions, table, 12, 6); }, x, dout), 1e-6,
        "gradient");
}

TEST_P(RowOperations, RopeRefusesPositionsOutsideItsTable)
{
    Desk d = desk();
    const Tensor x = d.tensor(1, 4, {1, 2, 3, 4});
    const Tensor table = d.tensor(2, 4, Values(8, 0.5));
    EXPECT_THROW(d.backend().rope(x, d.ids({2}), table, {.headDim = 4}), std::logic_error);
    EXPECT_THROW(d.backend().rope(x, d.ids({-1}), table, {.headDim = 4}), std::logic_error);
    EXPECT_EQ(d.read(x), (std::vector<float>{1, 2, 3, 4}));
}

// ---- SwiGLU

Values swigluReference(const Values& gateUp, std::int64_t columns)
{
    Values out;
    for (std::size_t row = 0; row < gateUp.size(); row += std::size_t(2 * columns)) {
        for (std::size_t c = 0; c < std::size_t(columns); ++c) {
            const double gate = gateUp[row + c];
            out.push_back(gate / (1.0 + std::exp(-gate)) * gateUp[row + std::size_t(columns) + c]);
        }
    }
    return out;
}

TEST_P(RowOperations, SwigluGatesWithSilu)
{
    Desk d = desk();
    for (std::int64_t columns : oddSizes) {
        RandomValues random(10);
        const Values gateUp = random.floats(17 * 2 * columns, 30.0);
        const Tensor out = d.poisoned(17, columns, 1);
        d.backend().swiglu(out, d.tensor(17, 2 * columns, gateUp, 2));
        expectClose(d.read(out), swigluReference(gateUp, columns), 1e-6, std::to_string(columns) + " columns");
    }
}

TEST_P(RowOperations, SwigluStaysFiniteAtExtremesAndPassesNaNOn)
{
    Desk d = desk();
    const float huge = 3e38f;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Tensor out = d.poisoned(1, 5);
    d.backend().swiglu(out, d.tensor(1, 10, {-huge, huge, -200.0, nan, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0}));
    const std::vector<float> values = d.read(out);
    EXPECT_EQ(values[0], 0.0f);
    EXPECT_EQ(values[1], huge);
    EXPECT_NEAR(values[2], 0.0f, 1e-30);
    EXPECT_TRUE(std::isnan(values[3]));
    EXPECT_EQ(values[4], 0.0f);
}

TEST_P(RowOperations, SwigluBackwardAgreesWithFiniteDifferencesAlsoInPlace)
{
    Desk d = desk();
    for (std::int64_t columns : {1, 3, 17, 31, 33, 129}) {
        RandomValues random(11);
        const Values gateUp = random.floats(3 * 2 * columns, 4.0);
        const Values dout = random.floats(3 * columns);
        const Tensor gateUpTensor = d.tensor(3, 2 * columns, gateUp);
        const Tensor doutTensor = d.tensor(3, columns, dout);
        const Tensor gradient = d.poisoned(3, 2 * columns);
        d.backend().swigluBackward(gradient, doutTensor, gateUpTensor);
        expectClose(d.read(gradient),
            numericGradient([&](const Values& at) { return swigluReference(at, columns); }, gateUp, dout), 1e-6,
            std::to_string(columns) + " columns");
        d.backend().swigluBackward(gateUpTensor, doutTensor, gateUpTensor);
        expectSame(d.read(gateUpTensor), d.read(gradient), "in place");
    }
}

} // namespace
} // namespace ahascope::kernels
