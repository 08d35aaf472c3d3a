#include <algorithm>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"
#include "kernels/cpu/lm_head_tiles.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

namespace {

// Rows whose dlogits for one tile of the vocabulary are in memory at once.
constexpr std::int64_t chunkRows = 1024;

} // namespace

// Tiles of the vocabulary one after another, and in each the rows in chunks: dlogits of a chunk and a tile are
// computed, then dhidden of the rows and the gradient of the tile's tokens are added to. Tokens are added to dhidden in
// order, rows to the head's gradient in order.
void CpuBackend::doLmHeadLogProbsBackward(Tensor dhidden, Weight& head, Tensor dlogProbs, Tensor dentropy,
    Tensor hidden, Tensor lse, Tensor entropy, Tensor targets, float temperature)
{
    expectIdsBelow(targets, head.value.rows, "lmHeadLogProbsBackward: a target outside the vocabulary");
    const std::int64_t tileTokens = std::min(vocabularyTile, head.value.rows);
    const std::int64_t panelRoom = panelValues(tileTokens, hidden.columns, m_products.panelWidth);
    float* const panels = reserveShared(panelRoom + std::min(chunkRows, hidden.rows) * tileTokens);
    const LmHeadKernels& kernels = lmHeadKernelsOf(m_set);
    const auto rowGradient = [&](float* logits, std::int64_t tokens, std::int64_t row, std::int64_t target) {
        const LogitGradient gradient{.inverseTemperature = 1.0f / temperature,
            .lse = lse.f32()[row],
            .entropy = dentropy.empty() ? 0.0f : entropy.f32()[row],
            .dlogProb = dlogProbs.f32()[row],
            .dentropy = dentropy.empty() ? 0.0f : dentropy.f32()[row]};
        kernels.gradient(logits, tokens, gradient);
        if (target >= 0 && target < tokens)
            logits[target] += gradient.dlogProb * gradient.inverseTemperature;
    };
    for (std::int64_t token = 0; token < head.value.rows; token += vocabularyTile) {
        const std::int64_t tokens = std::min(vocabularyTile, head.value.rows - token);
        const Tensor values = head.value.rowRange(token, tokens);
        if (values.dtype == DType::BF16)
            m_products.packBf16.rows(
                reinterpret_cast<std::uint16_t*>(panels), values.bf16(), values.stride, tokens, values.columns);
        else
            m_products.pack.rows(panels, values.f32(), values.stride, tokens, values.columns);
        for (std::int64_t begin = 0; begin < hidden.rows; begin += chunkRows) {
            const std::int64_t rows = std::min(chunkRows, hidden.rows - begin);
            const Tensor x = hidden.rowRange(begin, rows);
            const Tensor dlogits{reinterpret_cast<std::byte*>(panels + panelRoom), DType::F32, rows, tokens, tokens};
            reserveScratch(productScratch);
            const std::int64_t grain
                = std::max<std::int64_t>(1, mostRowsOfTile / m_products.rowTile) * m_products.rowTile;
            m_pool.forRanges(rows, grain, [&](std::int64_t first, std::int64_t last, int thread) {
                m_products.multiply(logitProduct(dlogits.rowRange(first, last - first), x.rowRange(first, last - first),
                    packed(head), token, scratch(thread)));
                for (std::int64_t i = first; i < last; ++i)
                    rowGradient(dlogits.f32() + i * tokens, tokens, begin + i, targets.i32()[begin + i] - token);
            });
            Product product;
            product.out = dhidden.f32() + begin * dhidden.stride;
            product.outStride = dhidden.stride;
            product.rows = rows;
            product.a = dlogits.f32();
            product.aRow = tokens;
            product.aStep = 1;
            product.b = {panels, values.dtype == DType::BF16};
            product.inner = tokens;
            product.columns = dhidden.columns;
            product.accumulate = token > 0;
            multiply(product);
            if (!head.gradient.empty())
                multiplyTransposed(head.gradient.rowRange(token, tokens), dlogits, x);
        }
    }
}

} // namespace ahascope::kernels
