// The gated MLP with the gate worked out while its operands are in registers, and the rows in strips that stay in a
// thread's cache from one product to the next.
#include <algorithm>

#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

namespace {

// Rows of a strip: some hundreds of kilobytes of gate and up for the widths of small models.
std::int64_t stripRows(std::int64_t rows, std::int64_t inner, int threads, std::int64_t rowTile)
{
    const std::int64_t fitting = std::clamp<std::int64_t>(64 * 1024 / inner, rowTile, 8 * rowTile);
    const std::int64_t share = (rows + threads - 1) / threads;
    return std::min(fitting / rowTile * rowTile, std::max<std::int64_t>(1, share));
}

Product productOf(Tensor out, Tensor a, Panels b)
{
    Product product;
    product.out = out.f32();
    product.outStride = out.stride;
    product.rows = a.rows;
    product.a = a.f32();
    product.aRow = a.stride;
    product.aStep = 1;
    product.b = b;
    product.inner = a.columns;
    product.columns = out.columns;
    return product;
}

} // namespace

void CpuBackend::doGatedMlp(
    Tensor x, Tensor gateUp, Tensor activated, Tensor normed, const Weight& gateUpWeight, const Weight& down)
{
    // What an adapter adds must be there before the gate is worked out. Also while it is switched off, so that the
    // panels need not be laid out anew with every change.
    if (!gateUpWeight.adapters.empty() || !down.adapters.empty())
        return Backend::doGatedMlp(x, gateUp, activated, normed, gateUpWeight, down);
    Product gate = productOf(gateUp, normed, packedForward(gateUpWeight, true).forward());
    gate.columns = activated.columns;
    gate.gating = {.finish = Finish::Gate,
        .inner = activated.columns,
        .activated = activated.f32(),
        .activatedStride = activated.stride};
    Product out = productOf(x, activated, packedForward(down, false).forward());
    out.accumulate = true;
    multiplyTwice(gate, out);
}

void CpuBackend::doGatedMlpBackward(Tensor dnormed, Tensor dactivated, Weight& gateUpWeight, Weight& down, Tensor dx,
    Tensor gateUp, Tensor activated, Tensor normed)
{
    if (!gateUpWeight.adapters.empty() || !down.adapters.empty())
        return Backend::doGatedMlpBackward(dnormed, dactivated, gateUpWeight, down, dx, gateUp, activated, normed);
    Product gate = productOf(dactivated, dx, packedBackward(down).backward());
    gate.gating = {.finish = Finish::GateBackward,
        .inner = activated.columns,
        .gateUp = gateUp.f32(),
        .gateUpStride = gateUp.stride};
    multiplyTwice(gate, productOf(dnormed, gateUp, packedBackward(gateUpWeight).backward()));
    if (!down.gradient.empty())
        multiplyTransposed(down.gradient, dx, activated);
    if (!gateUpWeight.gradient.empty())
        multiplyTransposed(gateUpWeight.gradient, gateUp, normed);
}

// `second` reads what `first` writes, row for row.
void CpuBackend::multiplyTwice(const Product& first, const Product& second)
{
    const std::int64_t rows = first.rows;
    if (rows < m_products.rowTile * m_pool.threads()) { // few rows are shared out by columns
        multiply(first);
        multiply(second);
        return;
    }
    reserveScratch(productScratch);
    const std::int64_t strip = stripRows(rows, first.gating.inner, m_pool.threads(), m_products.rowTile);
    m_pool.forRanges(rows, strip, [&](std::int64_t begin, std::int64_t end, int thread) {
        for (const Product* product : {&first, &second}) {
            Product part = partOf(*product, begin, end - begin, 0, product->columns);
            part.scratch = scratch(thread);
            m_products.multiply(part);
        }
    });
}

} // namespace ahascope::kernels
