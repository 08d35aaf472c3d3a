// What adapters add to the products of their weight. The products with A and B are made as those of any weight, so that
// a row's sums keep their order whatever the batch.
#include "kernels/backend.h"

namespace ahascope::kernels {

void Backend::addAdapters(Tensor out, Tensor x, const Weight& weight)
{
    for (const Adapter& adapter : adaptersOf(weight)) {
        const Tensor inner = room(x.rows, adapter.a.value.rows);
        linear(inner, x, adapter.a, {});
        scale(inner, adapter.scale);
        linear(out.columnRange(adapter.firstRow, adapter.b.value.rows), inner, adapter.b, {}, {.accumulate = true});
    }
}

void Backend::addAdaptersBackwardInput(Tensor dx, Tensor dout, const Weight& weight)
{
    for (const Adapter& adapter : adaptersOf(weight)) {
        const Tensor dinner = room(dout.rows, adapter.a.value.rows);
        linearBackwardInput(dinner, dout.columnRange(adapter.firstRow, adapter.b.value.rows), adapter.b);
        scale(dinner, adapter.scale);
        linearBackwardInput(dx, dinner, adapter.a, {.accumulate = true});
    }
}

void Backend::addAdaptersBackwardWeight(Weight& weight, Tensor dout, Tensor x)
{
    if (!weight.adapted)
        return;
    for (Adapter& adapter : weight.adapters) {
        const Tensor own = dout.columnRange(adapter.firstRow, adapter.b.value.rows);
        const Tensor inner = room(x.rows, adapter.a.value.rows);
        linear(inner, x, adapter.a, {});
        scale(inner, adapter.scale);
        linearBackwardWeight(adapter.b, {}, own, inner);
        linearBackwardInput(inner, own, adapter.b);
        scale(inner, adapter.scale);
        linearBackwardWeight(adapter.a, {}, inner, x);
    }
}

} // namespace ahascope::kernels
