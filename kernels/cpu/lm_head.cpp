#include <vector>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/ids.h"
#include "kernels/cpu/lm_head_tiles.h"
#include "kernels/cpu/tables.h"

namespace ahascope::kernels {

void CpuBackend::doLmHeadLogProbs(
    Tensor logProbs, Tensor entropy, Tensor lse, Tensor hidden, const Weight& head, Tensor targets, float temperature)
{
    expectIdsBelow(targets, head.value.rows, "lmHeadLogProbs: a target outside the vocabulary");
    const LogitTiles tiles = tileLogits(hidden.rows, head.value.rows, m_pool.threads(), m_products.rowTile);
    const LmHeadKernels& kernels = lmHeadKernelsOf(m_set);
    const float inverse = 1.0f / temperature;
    reserveScratch(productScratch + mostRowsOfTile * vocabularyTile);
    std::vector<SoftmaxSums> sums(static_cast<std::size_t>(hidden.rows * tiles.across)); // [row][tile]
    std::vector<float> targetLogits(static_cast<std::size_t>(hidden.rows));
    m_pool.forRanges(tiles.count(), 1, [&](std::int64_t tile, std::int64_t, int thread) {
        float* room = scratch(thread) + productScratch;
        const std::int64_t tokens = tiles.tokenCount(tile);
        const Tensor logits{reinterpret_cast<std::byte*>(room), DType::F32, tiles.rowCount(tile), tokens, tokens};
        m_products.multiply(logitProduct(
            logits, hidden.rowRange(tiles.row(tile), logits.rows), packed(head), tiles.token(tile), scratch(thread)));
        for (std::int64_t i = 0; i < logits.rows; ++i) {
            const std::int64_t row = tiles.row(tile) + i;
            const float* z = room + i * tokens;
            sums[static_cast<std::size_t>(row * tiles.across + tiles.column(tile))]
                = kernels.softmax(nullptr, z, tokens, inverse);
            const std::int64_t target = targets.i32()[row] - tiles.token(tile);
            if (target >= 0 && target < tokens)
                targetLogits[static_cast<std::size_t>(row)] = z[target];
        }
    });
    for (std::int64_t row = 0; row < hidden.rows; ++row) {
        const auto first = static_cast<std::size_t>(row * tiles.across);
        const Softmax softmax = joinTiles({sums.data() + first, static_cast<std::size_t>(tiles.across)});
        logProbs.f32()[row]
            = static_cast<float>(softmax.logProb(targetLogits[static_cast<std::size_t>(row)] * inverse));
        lse.f32()[row] = static_cast<float>(softmax.lse());
        if (!entropy.empty())
            entropy.f32()[row] = static_cast<float>(softmax.entropy);
    }
}

} // namespace ahascope::kernels
