// Products with weights, their adapters, and the gated MLP.
#include "kernels/parity/cases.h"

namespace ahascope::kernels::parity {

namespace {

struct Product {
    std::int64_t rows = 0;
    std::int64_t in = 0;
    std::int64_t out = 0;

    std::string name() const { return std::to_string(rows) + " x " + std::to_string(in) + " x " + std::to_string(out); }
};

// Decoding has few rows, training many.
constexpr Product oddProducts[] = {{1, 1, 1}, {1, 64, 129}, {3, 17, 33}, {17, 129, 64}, {129, 33, 17}, {257, 128, 384}};
constexpr std::int64_t rank = 5;

void addForward(Cases& cases)
{
    cases.addWeighted("linear", "with a bias, without, added", [](Desk& desk) {
        for (const Product& p : oddProducts) {
            const Weight weight = desk.weight(p.out, p.in);
            const Tensor x = desk.rowInput(p.rows, p.in);
            const Tensor biased = desk.rowOutput(p.rows, p.out), plain = desk.rowOutput(p.rows, p.out);
            desk.backend().linear(biased, x, weight, desk.input(1, p.out));
            desk.backend().linear(plain, x, weight, {});
            const Tensor added = desk.input(p.rows, p.out);
            desk.backend().linear(added, x, weight, {}, {.accumulate = true});
            desk.keep("biased " + p.name(), biased);
            desk.keep("plain " + p.name(), plain);
            desk.keep("added " + p.name(), added);
        }
    });
    cases.addWeighted("linear", "adapters on and off", [](Desk& desk) {
        for (const Product& p : {oddProducts[2], oddProducts[3], oddProducts[5]}) {
            Weight weight = desk.weight(p.out, p.in);
            desk.addAdapters(weight, rank, false);
            const Tensor x = desk.rowInput(p.rows, p.in);
            for (const bool on : {true, false}) {
                weight.adapted = on;
                const Tensor out = desk.rowOutput(p.rows, p.out);
                desk.backend().linear(out, x, weight, {});
                desk.keep((on ? "on " : "off ") + p.name(), out);
            }
        }
    });
    cases.addWeighted("commit", "new values", [](Desk& desk) {
        Weight weight = desk.weight(33, 17, true);
        desk.backend().copy(weight.value, desk.table(33, 17, desk.random(33 * 17)));
        Weight* const weights[] = {&weight};
        desk.backend().commit(weights);
        const Tensor out = desk.rowOutput(3, 33), dx = desk.rowOutput(3, 17);
        desk.backend().linear(out, desk.rowInput(3, 17), weight, {});
        desk.backend().linearBackwardInput(dx, desk.rowInput(3, 33), weight);
        desk.keep("out", out);
        desk.keep("dx", dx);
    });
}

void addBackward(Cases& cases)
{
    for (const bool adapted : {false, true}) {
        const std::string variant = adapted ? "with adapters" : "odd sizes";
        cases.addWeighted("linearBackwardInput", variant, [adapted](Desk& desk) {
            for (const Product& p : oddProducts) {
                Weight weight = desk.weight(p.out, p.in, true);
                if (adapted && p.out > 1)
                    desk.addAdapters(weight, rank, true);
                const Tensor dout = desk.rowInput(p.rows, p.out);
                const Tensor dx = desk.rowOutput(p.rows, p.in), added = desk.rowInput(p.rows, p.in);
                desk.backend().linearBackwardInput(dx, dout, weight);
                desk.backend().linearBackwardInput(added, dout, weight, {.accumulate = true});
                desk.keep("dx " + p.name(), dx);
                desk.keep("added " + p.name(), added);
            }
        });
        cases.addWeighted("linearBackwardWeight", variant, [adapted](Desk& desk) {
            for (const Product& p : oddProducts) {
                Weight weight = desk.weight(p.out, p.in, true);
                if (adapted && p.out > 1)
                    desk.addAdapters(weight, rank, true);
                const Tensor dbias = desk.input(1, p.out);
                const Tensor dout = desk.rowInput(p.rows, p.out), x = desk.rowInput(p.rows, p.in);
                desk.backend().linearBackwardWeight(weight, dbias, dout, x);
                desk.keep("dweight " + p.name(), weight.gradient);
                desk.keep("dbias " + p.name(), dbias);
                for (const Adapter& adapter : weight.adapters) {
                    desk.keep("da " + p.name(), adapter.a.gradient);
                    desk.keep("db " + p.name(), adapter.b.gradient);
                }
            }
        });
    }
    cases.addWeighted("linearBackwardWeight", "frozen under adapters", [](Desk& desk) {
        Weight weight = desk.weight(33, 17);
        desk.addAdapters(weight, rank, true);
        desk.backend().linearBackwardWeight(weight, {}, desk.rowInput(17, 33), desk.rowInput(17, 17));
        for (const Adapter& adapter : weight.adapters) {
            desk.keep("da", adapter.a.gradient);
            desk.keep("db", adapter.b.gradient);
        }
    });
}

// in: channels, out: inner channels
void addMlp(Cases& cases)
{
    cases.addWeighted("gatedMlp", "odd sizes", [](Desk& desk) {
        for (const Product& p : oddProducts) {
            const Weight gateUp = desk.weight(2 * p.out, p.in), down = desk.weight(p.in, p.out);
            const Tensor x = desk.input(p.rows, p.in);
            const Tensor kept = desk.rowOutput(p.rows, 2 * p.out), activated = desk.rowOutput(p.rows, p.out);
            desk.backend().gatedMlp(x, kept, activated, desk.rowInput(p.rows, p.in), gateUp, down);
            desk.keep("x " + p.name(), x);
            desk.keep("gateUp " + p.name(), kept);
            desk.keep("activated " + p.name(), activated);
        }
    });
    cases.addWeighted("gatedMlpBackward", "odd sizes", [](Desk& desk) {
        for (const Product& p : oddProducts) {
            Weight gateUp = desk.weight(2 * p.out, p.in, true), down = desk.weight(p.in, p.out, true);
            const Tensor normed = desk.rowInput(p.rows, p.in);
            const Tensor kept = desk.rowOutput(p.rows, 2 * p.out), activated = desk.rowOutput(p.rows, p.out);
            desk.backend().gatedMlp(desk.input(p.rows, p.in), kept, activated, normed, gateUp, down);
            const Tensor dnormed = desk.rowOutput(p.rows, p.in), dactivated = desk.rowOutput(p.rows, p.out);
            desk.backend().gatedMlpBackward(
                dnormed, dactivated, gateUp, down, desk.input(p.rows, p.in), kept, activated, normed);
            desk.keep("dnormed " + p.name(), dnormed);
            desk.keep("dgateUp " + p.name(), kept);
            desk.keep("gate and up " + p.name(), gateUp.gradient);
            desk.keep("down " + p.name(), down.gradient);
        }
    });
}

} // namespace

void addProductCases(Cases& cases)
{
    addForward(cases);
    addBackward(cases);
    addMlp(cases);
}

} // namespace ahascope::kernels::parity
