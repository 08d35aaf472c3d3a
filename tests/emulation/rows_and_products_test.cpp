#include "tests/emulation/two_sides.h"

namespace ahascope::kernels {
namespace {

INSTANTIATE_TEST_SUITE_P(Emulated, OnTheGpu, ::testing::Bool(),
    [](const ::testing::TestParamInfo<bool>& info) { return info.param ? "Bf16" : "F32"; });

struct Shape {
    std::int64_t rows;
    std::int64_t columns;
};
const std::vector<Shape> shapes = {{1, 1}, {3, 17}, {17, 32}, {33, 129}, {5, 1028}};

std::string nameOf(const Shape& s)
{
    return std::to_string(s.rows) + " x " + std::to_string(s.columns);
}

TEST_P(OnTheGpu, EmbeddingsAreFetchedAndTheirGradientsAddedUp)
{
    for (const Shape& s : shapes) {
        expectAgreement(half(), nameOf(s), [&](Side& side) -> std::vector<Tensor> {
            RandomValues random(1);
            const Values table = random.floats(11 * s.columns);
            const Tensor values
                = side.stored() == DType::BF16 ? side.bf16(11, s.columns, table) : side.tensor(11, s.columns, table);
            const Tensor ids = side.ids(random.integers(s.rows, 11));
            const Tensor dtable = side.tensor(11, s.columns, random.floats(11 * s.columns));
            const Tensor dout = side.tensor(s.rows, s.columns, random.floats(s.rows * s.columns));
            const Tensor out = side.poisoned(s.rows, s.columns, 3);
            side.backend().embedding(out, values, ids);
            side.backend().embeddingBackward(dtable, dout, ids);
            return {out, dtable};
        });
    }
}

TEST_P(OnTheGpu, RowsAreGatheredAndScattered)
{
    for (const Shape& s : shapes) {
        expectAgreement(half(), nameOf(s), [&](Side& side) -> std::vector<Tensor> {
            RandomValues random(2);
            const Tensor x = side.rows(9, s.columns, random.floats(9 * s.columns), 4);
            const Tensor rows = side.ids(random.integers(s.rows, 9));
            const Tensor dx = side.rows(9, s.columns, random.floats(9 * s.columns));
            const Tensor out = side.poisonedRows(s.rows, s.columns);
            side.backend().gatherRows(out, x, rows);
            side.backend().scatterAddRows(dx, side.tensor(s.rows, s.columns, random.floats(s.rows * s.columns)), rows);
            return {out, dx};
        });
    }
}

TEST_P(OnTheGpu, NormsAndTheirGradients)
{
    for (const Shape& s : shapes) {
        for (const std::int64_t heads : {1, 3}) {
            expectAgreement(half(), nameOf(s), [&](Side& side) -> std::vector<Tensor> {
                RandomValues random(3);
                const std::int64_t wide = heads * s.columns;
                const Tensor x = heads == 1 ? side.tensor(s.rows, wide, random.floats(s.rows * wide), 4)
                                            : side.rows(s.rows, wide, random.floats(s.rows * wide), 4);
                const Tensor weight = side.tensor(1, s.columns, random.floats(s.columns));
                const Tensor out = side.poisonedRows(s.rows, wide);
                const Tensor rstd = side.poisoned(1, s.rows * heads);
                side.backend().rmsNorm(out, rstd, x, weight, 1e-5f);
                const Tensor dout = side.rows(s.rows, wide, random.floats(s.rows * wide));
                const Tensor dx = side.tensor(s.rows, wide, random.floats(s.rows * wide));
                const Tensor dweight = side.tensor(1, s.columns, random.floats(s.columns));
                side.backend().rmsNormBackward(dx, dweight, dout, x, weight, rstd);
                return {out, rstd, dx, dweight};
            });
        }
    }
}

TEST_P(OnTheGpu, HeadsTurnByTheAngleOfTheirPositionAndBack)
{
    for (const std::int64_t headDim : {2, 6, 16, 64}) {
        for (const bool inverse : {false, true}) {
            expectAgreement(half(), std::to_string(headDim), [&](Side& side) -> std::vector<Tensor> {
                RandomValues random(4);
                const Tensor x = side.rows(7, 3 * headDim, random.floats(7 * 3 * headDim), 8);
                const Tensor table = side.tensor(20, headDim, random.floats(20 * headDim));
                side.backend().rope(
                    x, side.ids(random.integers(7, 20)), table, {.headDim = headDim, .inverse = inverse});
                return {x};
            });
        }
    }
}

TEST_P(OnTheGpu, SwigluAddScaleFillAndCopy)
{
    for (const Shape& s : shapes) {
        expectAgreement(half(), nameOf(s), [&](Side& side) -> std::vector<Tensor> {
            RandomValues random(5);
            Backend& backend = side.backend();
            const Tensor gateUp = side.rows(s.rows, 2 * s.columns, random.floats(2 * s.rows * s.columns, 4.0));
            const Tensor out = side.poisonedRows(s.rows, s.columns);
            backend.swiglu(out, gateUp);
            const Tensor dgateUp = side.poisonedRows(s.rows, 2 * s.columns);
            backend.swigluBackward(dgateUp, side.rows(s.rows, s.columns, random.floats(s.rows * s.columns)), gateUp);
            const Tensor sum = side.tensor(s.rows, s.columns, random.floats(s.rows * s.columns), 1);
            backend.add(sum, out);
            const Tensor scaled = side.rows(s.rows, s.columns, random.floats(s.rows * s.columns));
            backend.scale(scaled, 0.37f);
            const Tensor filled = side.poisonedRows(s.rows, s.columns, 4);
            backend.fill(filled, 2.5f);
            const Tensor copied = side.poisonedRows(s.rows, s.columns, 5);
            backend.copy(copied, out);
            return {out, dgateUp, sum, scaled, filled, copied};
        });
    }
}

TEST_P(OnTheGpu, ProductsWithWeightsAndTheirGradients)
{
    struct Product {
        std::int64_t rows, in, out;
        bool bias, residual;
    };
    for (const Product& p : {Product{1, 1, 1, false, false}, {3, 17, 33, true, false}, {33, 48, 31, true, true},
             {64, 32, 16, false, true}, {7, 129, 65, true, false}}) {
        expectAgreement(half(), std::to_string(p.rows), [&](Side& side) -> std::vector<Tensor> {
            RandomValues random(6);
            Backend& backend = side.backend();
            Weight weight = side.weight(p.out, p.in, random.floats(p.out * p.in), random.floats(p.out * p.in));
            const Tensor x = side.rows(p.rows, p.in, random.floats(p.rows * p.in), 8);
            const Tensor bias = p.bias ? side.tensor(1, p.out, random.floats(p.out)) : Tensor{};
            const Values before = random.floats(p.rows * p.out);
            const Tensor out = p.residual ? side.tensor(p.rows, p.out, before) : side.poisonedRows(p.rows, p.out, 8);
            backend.linear(out, x, weight, bias, {.accumulate = p.residual});
            const Values gradient = random.floats(p.rows * p.out);
            const Tensor dout = p.residual ? side.tensor(p.rows, p.out, gradient) : side.rows(p.rows, p.out, gradient);
            const Tensor dx = side.poisonedRows(p.rows, p.in);
            backend.linearBackwardInput(dx, dout, weight);
            const Tensor added = side.tensor(p.rows, p.in, random.floats(p.rows * p.in));
            backend.linearBackwardInput(added, dout, weight, {.accumulate = true});
            const Tensor dbias = p.bias ? side.tensor(1, p.out, random.floats(p.out)) : Tensor{};
            backend.linearBackwardWeight(weight, dbias, dout, x);
            std::vector<Tensor> results = {out, dx, added, weight.gradient};
            if (p.bias)
                results.push_back(dbias);
            return results;
        });
    }
}

// One algorithm is chosen for 5 to 8 rows.
TEST_P(OnTheGpu, ProductsWithAnotherNumberOfRowsThanTheirAlgorithmWasChosenFor)
{
    expectAgreement(half(), "products", [&](Side& side) -> std::vector<Tensor> {
        RandomValues random(9);
        const Weight weight = side.weight(24, 16, random.floats(24 * 16));
        std::vector<Tensor> results;
        for (const std::int64_t rows : {7, 5, 8, 7}) {
            results.push_back(side.poisonedRows(rows, 24));
            side.backend().linear(results.back(), side.rows(rows, 16, random.floats(rows * 16)), weight, {});
        }
        return results;
    });
}

TEST_P(OnTheGpu, AdaptersAddTheirProductAndGetTheirGradients)
{
    expectAgreement(half(), "adapter", [&](Side& side) -> std::vector<Tensor> {
        RandomValues random(7);
        Backend& backend = side.backend();
        Weight weight = side.weight(24, 16, random.floats(24 * 16));
        Adapter adapter;
        adapter.firstRow = 8;
        adapter.scale = 0.5f;
        adapter.a = side.Desk::weight(4, 16, random.floats(4 * 16), random.floats(4 * 16));
        adapter.b = side.Desk::weight(12, 4, random.floats(12 * 4), random.floats(12 * 4));
        weight.adapters.push_back(std::move(adapter));
        const Tensor x = side.rows(9, 16, random.floats(9 * 16));
        const Tensor out = side.poisonedRows(9, 24);
        backend.linear(out, x, weight, {});
        const Tensor dout = side.rows(9, 24, random.floats(9 * 24));
        const Tensor dx = side.poisonedRows(9, 16);
        backend.linearBackwardInput(dx, dout, weight);
        backend.linearBackwardWeight(weight, {}, dout, x);
        return {out, dx, weight.adapters[0].a.gradient, weight.adapters[0].b.gradient};
    });
}

TEST_P(OnTheGpu, TheGatedMlpAndItsGradient)
{
    expectAgreement(half(), "gated MLP", [&](Side& side) -> std::vector<Tensor> {
        RandomValues random(8);
        Backend& backend = side.backend();
        Weight gateUpWeight = side.weight(2 * 40, 24, random.floats(80 * 24), random.floats(80 * 24));
        Weight down = side.weight(24, 40, random.floats(24 * 40), random.floats(24 * 40));
        const Tensor x = side.tensor(19, 24, random.floats(19 * 24));
        const Tensor normed = side.rows(19, 24, random.floats(19 * 24));
        const Tensor gateUp = side.poisonedRows(19, 80);
        const Tensor activated = side.poisonedRows(19, 40);
        backend.gatedMlp(x, gateUp, activated, normed, gateUpWeight, down);
        const Tensor dnormed = side.poisonedRows(19, 24);
        const Tensor dx = side.tensor(19, 24, random.floats(19 * 24));
        backend.gatedMlpBackward(dnormed, side.poisonedRows(19, 40), gateUpWeight, down, dx, gateUp, activated, normed);
        return {x, activated, dnormed, gateUpWeight.gradient, down.gradient};
    });
}

} // namespace
} // namespace ahascope::kernels
