#include "kernels/cpu/lm_head_tiles.h"

#include <algorithm>
#include <cmath>

namespace ahascope::kernels {

std::int64_t LogitTiles::rowCount(std::int64_t tile) const
{
    return std::min(rowsOfTile, rows - row(tile));
}

std::int64_t LogitTiles::tokenCount(std::int64_t tile) const
{
    return std::min(vocabularyTile, tokens - token(tile));
}

LogitTiles tileLogits(std::int64_t rows, std::int64_t tokens, int threads, std::int64_t rowTile)
{
    LogitTiles tiles{rows, tokens};
    tiles.across = (tokens + vocabularyTile - 1) / vocabularyTile;
    const std::int64_t shares = std::max<std::int64_t>(1, threads / tiles.across);
    const std::int64_t fair = (rows + shares - 1) / shares;
    const std::int64_t wanted = std::min(mostRowsOfTile / rowTile, (fair + rowTile - 1) / rowTile);
    tiles.rowsOfTile = std::max<std::int64_t>(1, wanted) * rowTile;
    tiles.down = (rows + tiles.rowsOfTile - 1) / tiles.rowsOfTile;
    return tiles;
}

Product logitProduct(Tensor logits, Tensor hidden, const PackedWeight& head, std::int64_t token, float* scratch)
{
    Product product;
    product.out = logits.f32();
    product.outStride = logits.stride;
    product.rows = hidden.rows;
    product.a = hidden.f32();
    product.aRow = hidden.stride;
    product.aStep = 1;
    product.b = head.forward();
    product.inner = hidden.columns;
    product.columnBegin = token;
    product.columns = logits.columns;
    product.scratch = scratch;
    return product;
}

Softmax joinTiles(std::span<const SoftmaxSums> tiles)
{
    Softmax softmax;
    softmax.largest = tiles.front().largest;
    for (const SoftmaxSums& tile : tiles) {
        if (!(tile.largest <= softmax.largest)) // NaN goes on
            softmax.largest = tile.largest;
    }
    double total = 0;
    double moment = 0;
    for (const SoftmaxSums& tile : tiles) {
        const double below = tile.largest - softmax.largest;
        const double factor = std::exp(below);
        total += factor * tile.total;
        moment += factor * (tile.moment + below * tile.total);
    }
    softmax.logTotal = std::log(total);
    softmax.entropy = softmax.logTotal - moment / total;
    return softmax;
}

} // namespace ahascope::kernels
