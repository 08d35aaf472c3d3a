#include <algorithm>

#include "kernels/cpu/cpu_backend.h"

namespace ahascope::kernels {

namespace {

// Work below this many multiply-adds is not worth a second thread.
constexpr std::int64_t smallProduct = 32 * 1024;

// Columns of x that multiplyTransposed() packs at once: half a megabyte of panels.
constexpr std::int64_t transposedColumns = 512;

std::int64_t ceilDivide(std::int64_t a, std::int64_t b)
{
    return (a + b - 1) / b;
}

// How C [rows, columns] is cut into pieces for threads.
struct Cut {
    std::int64_t rows = 0;    // of a piece
    std::int64_t columns = 0; // of a piece, whole panels
    std::int64_t down = 0;    // pieces
    std::int64_t across = 0;
};

// Whole rows where there are enough of them (a thread then finds its rows in its cache at the next operation), else
// columns as well. Several pieces per thread, so that a thread that is held up gets help.
Cut cut(const Product& p, int threads, const ProductKernels& kernels)
{
    if (threads == 1 || p.rows * p.columns * p.inner < smallProduct)
        return {p.rows, p.columns, 1, 1};
    const std::int64_t wanted = 4 * threads;
    const std::int64_t panels = ceilDivide(p.columns, kernels.panelWidth);
    const std::int64_t tiles = ceilDivide(p.rows, kernels.rowTile);
    Cut result;
    result.down = std::min(wanted, std::max<std::int64_t>(1, tiles / 2));
    if (result.down * productRows < p.rows) // as many for each thread
        result.down = ceilDivide(ceilDivide(p.rows, productRows - kernels.rowTile), threads) * threads;
    result.rows = ceilDivide(ceilDivide(p.rows, result.down), kernels.rowTile) * kernels.rowTile;
    result.down = ceilDivide(p.rows, result.rows);
    result.across = std::min(panels, ceilDivide(wanted, result.down));
    result.columns = ceilDivide(panels, result.across) * kernels.panelWidth;
    result.across = ceilDivide(p.columns, result.columns);
    return result;
}

} // namespace

Product partOf(Product product, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    product.out += row * product.outStride + column;
    product.a += row * product.aRow;
    product.rows = rows;
    product.columnBegin += column;
    product.columns = columns;
    if (product.bias != nullptr)
        product.bias += column;
    if (product.gating.gateUp != nullptr)
        product.gating.gateUp += row * product.gating.gateUpStride + column;
    if (product.gating.activated != nullptr)
        product.gating.activated += row * product.gating.activatedStride + column;
    return product;
}

void CpuBackend::multiply(const Product& product)
{
    if (product.rows == 0 || product.columns == 0)
        return;
    reserveScratch(productScratch);
    const Cut pieces = cut(product, m_pool.threads(), m_products);
    m_pool.forRanges(pieces.down * pieces.across, 1, [&](std::int64_t i, std::int64_t, int thread) {
        const std::int64_t row = i / pieces.across * pieces.rows;
        const std::int64_t column = i % pieces.across * pieces.columns;
        Product part = partOf(product, row, std::min(pieces.rows, product.rows - row), column,
            std::min(pieces.columns, product.columns - column));
        part.scratch = scratch(thread);
        m_products.multiply(part);
    });
}

void CpuBackend::doLinear(Tensor out, Tensor x, const Weight& weight, Tensor bias, LinearOptions options)
{
    Product product;
    product.out = out.f32();
    product.outStride = out.stride;
    product.rows = x.rows;
    product.a = x.f32();
    product.aRow = x.stride;
    product.aStep = 1;
    product.b = packedForward(weight, false).forward();
    product.inner = x.columns;
    product.columns = out.columns;
    product.bias = bias.empty() ? nullptr : bias.f32();
    product.accumulate = options.accumulate;
    multiply(product);
}

void CpuBackend::doLinearBackwardInput(Tensor dx, Tensor dout, const Weight& weight, LinearOptions options)
{
    Product product;
    product.out = dx.f32();
    product.outStride = dx.stride;
    product.rows = dout.rows;
    product.a = dout.f32();
    product.aRow = dout.stride;
    product.aStep = 1;
    product.b = packedBackward(weight).backward();
    product.inner = dout.columns;
    product.columns = dx.columns;
    product.accumulate = options.accumulate;
    multiply(product);
}

void CpuBackend::doLinearBackwardWeight(Weight& weight, Tensor dbias, Tensor dout, Tensor x)
{
    multiplyTransposed(weight.gradient, dout, x);
    if (dbias.empty())
        return;
    m_pool.forRanges(dout.columns, columnsPerPiece(dout.rows), [&](std::int64_t begin, std::int64_t end, int) {
        m_rows.addColumnSums(dbias.f32(), rowsOf(dout), dout.rows, begin, end);
    });
}

// Threads split the rows of C; blocks of innerBlock rows of x are added one after another, and each thread packs them
// for itself, some columns at a time.
void CpuBackend::multiplyTransposed(Tensor c, Tensor dout, Tensor x)
{
    if (c.empty() || x.rows == 0)
        return;
    const std::int64_t together = std::min(c.columns, transposedColumns);
    reserveScratch(productScratch + panelValues(innerBlock, together, m_products.panelWidth));
    const std::int64_t pieces = std::min<std::int64_t>(m_pool.threads(), ceilDivide(c.rows, m_products.rowTile));
    const std::int64_t grain = ceilDivide(ceilDivide(c.rows, pieces), m_products.rowTile) * m_products.rowTile;
    m_pool.forRanges(c.rows, grain, [&](std::int64_t begin, std::int64_t end, int thread) {
        float* const panels = scratch(thread) + productScratch;
        for (std::int64_t t = 0; t < x.rows; t += innerBlock) {
            Product product;
            product.outStride = c.stride;
            product.rows = end - begin;
            product.a = dout.f32() + t * dout.stride + begin;
            product.aRow = 1;
            product.aStep = dout.stride;
            product.b = {.data = panels};
            product.inner = std::min(innerBlock, x.rows - t);
            product.accumulate = true;
            product.scratch = scratch(thread);
            for (std::int64_t n = 0; n < c.columns; n += together) {
                product.out = c.f32() + begin * c.stride + n;
                product.columns = std::min(together, c.columns - n);
                m_products.pack.rows(panels, x.f32() + t * x.stride + n, x.stride, product.inner, product.columns);
                m_products.multiply(product);
            }
        }
    });
}

} // namespace ahascope::kernels
