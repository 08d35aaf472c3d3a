// What works on rows one by one.
#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

struct Shape {
    std::int64_t rows = 0;
    std::int64_t columns = 0;

    std::string name() const { return std::to_string(rows) + " x " + std::to_string(columns); }
};

constexpr Shape oddShapes[] = {{1, 1}, {3, 17}, {17, 129}, {129, 33}, {2, 1025}};

void addLookUps(Cases& cases)
{
    cases.addWeighted("embedding", "repeated ids", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor out = desk.output(s.rows, s.columns);
            const Tensor table = desk.table(129, s.columns, desk.random(129 * s.columns));
            desk.backend().embedding(out, table, desk.ids(desk.randomIds(s.rows, 129)));
            desk.keep("out " + s.name(), out);
        }
    });
    cases.add("embeddingBackward", "repeated ids", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor dtable = desk.input(31, s.columns);
            desk.backend().embeddingBackward(
                dtable, desk.input(s.rows, s.columns), desk.ids(desk.randomIds(s.rows, 31)));
            desk.keep("dtable " + s.name(), dtable);
        }
    });
    cases.addWeighted("gatherRows", "repeated rows", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor out = desk.rowOutput(s.rows, s.columns);
            desk.backend().gatherRows(out, desk.rowInput(33, s.columns), desk.ids(desk.randomIds(s.rows, 33)));
            desk.keep("out " + s.name(), out);
        }
    });
    cases.addWeighted("scatterAddRows", "repeated rows", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor dx = desk.rowInput(33, s.columns);
            desk.backend().scatterAddRows(dx, desk.input(s.rows, s.columns), desk.ids(desk.randomIds(s.rows, 33)));
            desk.keep("dx " + s.name(), dx);
        }
    });
}

void addNorms(Cases& cases)
{
    constexpr float epsilon = 1e-6f;
    cases.addWeighted("rmsNorm", "odd sizes", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor out = desk.rowOutput(s.rows, s.columns);
            const Tensor rstd = desk.output(1, s.rows);
            desk.backend().rmsNorm(out, rstd, desk.input(s.rows, s.columns), desk.input(1, s.columns), epsilon);
            desk.keep("out " + s.name(), out);
            desk.keep("rstd " + s.name(), rstd);
        }
    });
    cases.addWeighted("rmsNorm", "heads in place", [](Desk& desk) {
        for (const std::int64_t headDim : {16, 64, 128}) {
            const Tensor qkv = desk.rowInput(17, 5 * headDim);
            const Tensor heads = qkv.columnRange(headDim, 3 * headDim);
            desk.backend().rmsNorm(heads, {}, heads, desk.input(1, headDim), epsilon);
            desk.keep("head dim " + std::to_string(headDim), qkv);
        }
    });
    cases.addWeighted("rmsNormBackward", "odd sizes, two heads in a row", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor x = desk.input(s.rows, 2 * s.columns), weight = desk.input(1, s.columns);
            const Tensor rstd = desk.output(1, 2 * s.rows);
            desk.backend().rmsNorm(desk.rowOutput(s.rows, x.columns), rstd, x, weight, epsilon);
            const Tensor dx = desk.input(s.rows, x.columns), dweight = desk.input(1, s.columns);
            const Tensor dout = desk.rowInput(s.rows, x.columns);
            desk.backend().rmsNormBackward(dx, dweight, dout, x, weight, rstd);
            desk.backend().rmsNormBackward(dx, {}, dout, x, weight, rstd);
            desk.keep("dx " + s.name(), dx);
            desk.keep("dweight " + s.name(), dweight);
        }
    });
}

void addRope(Cases& cases)
{
    for (const bool inverse : {false, true})
        cases.addWeighted("rope", inverse ? "inverse" : "forward", [inverse](Desk& desk) {
            for (const std::int64_t headDim : {16, 64, 128}) {
                const Tensor qkv = desk.rowInput(33, 5 * headDim);
                const Tensor positions = desk.ids(desk.randomIds(33, 129));
                desk.backend().rope(qkv.columnRange(0, 4 * headDim), positions, desk.input(129, headDim),
                    {.headDim = headDim, .inverse = inverse});
                desk.keep("head dim " + std::to_string(headDim), qkv);
            }
        });
}

void addGates(Cases& cases)
{
    cases.addWeighted("swiglu", "odd sizes", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor out = desk.rowOutput(s.rows, s.columns);
            desk.backend().swiglu(out, desk.rowInput(s.rows, 2 * s.columns, 8.0f));
            desk.keep("out " + s.name(), out);
        }
    });
    cases.addWeighted("swigluBackward", "apart and in place", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor dgateUp = desk.rowOutput(s.rows, 2 * s.columns);
            const Tensor gateUp = desk.rowInput(s.rows, 2 * s.columns, 8.0f);
            const Tensor dout = desk.rowInput(s.rows, s.columns);
            desk.backend().swigluBackward(dgateUp, dout, gateUp);
            desk.backend().swigluBackward(gateUp, dout, gateUp);
            desk.keep("apart " + s.name(), dgateUp);
            desk.keep("in place " + s.name(), gateUp);
        }
    });
}

void addSums(Cases& cases)
{
    cases.addWeighted("add", "odd sizes", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor out = desk.input(s.rows, s.columns);
            desk.backend().add(out, desk.rowInput(s.rows, s.columns));
            desk.keep("out " + s.name(), out);
        }
    });
    cases.addWeighted("scale", "odd sizes", [](Desk& desk) {
        for (const Shape& s : oddShapes) {
            const Tensor x = desk.rowInput(s.rows, s.columns);
            desk.backend().scale(x, -1.75f);
            desk.keep("x " + s.name(), x);
        }
    });
}

} // namespace

void addRowCases(Cases& cases)
{
    addLookUps(cases);
    addNorms(cases);
    addRope(cases);
    addGates(cases);
    addSums(cases);
}

} // namespace ahascope::kernels::parity
