// How logits are cut into tiles, and how the tiles of a row come together. The [rows, V] logits are never in memory as
// a whole: a tile is some rows by up to `vocabularyTile` tokens. The sums of a row are those of its tiles, put together
// in order, so that they depend on the row alone.
#pragma once

#include <span>

#include "kernels/cpu/lm_head_kernels.h"
#include "kernels/cpu/packed_weight.h"
#include "kernels/cpu/products.h"
#include "kernels/tensor.h"

namespace ahascope::kernels {

constexpr std::int64_t vocabularyTile = 1024; // whole panels and whole groups of Philox counters everywhere

struct LogitTiles {
    std::int64_t rows = 0;
    std::int64_t tokens = 0;
    std::int64_t rowsOfTile = 0;
    std::int64_t down = 0;
    std::int64_t across = 0;

    // Tiles that follow each other share the tokens, and with them what they read of the head.
    std::int64_t count() const { return down * across; }
    std::int64_t row(std::int64_t tile) const { return tile % down * rowsOfTile; }
    std::int64_t column(std::int64_t tile) const { return tile / down; }
    std::int64_t token(std::int64_t tile) const { return column(tile) * vocabularyTile; }
    std::int64_t rowCount(std::int64_t tile) const;
    std::int64_t tokenCount(std::int64_t tile) const;
};

constexpr std::int64_t mostRowsOfTile = 64;

// Tiles of whole register tiles of rows, enough of them for all threads.
LogitTiles tileLogits(std::int64_t rows, std::int64_t tokens, int threads, std::int64_t rowTile);

// logits [rows of hidden, tokens] of tokens [token, token + tokens), `token` being a multiple of vocabularyTile;
// `scratch`: productScratch floats.
Product logitProduct(Tensor logits, Tensor hidden, const PackedWeight& head, std::int64_t token, float* scratch);

struct Softmax {
    double largest = 0;
    double logTotal = 0; // log of the sum of exp(x - largest)
    double entropy = 0;  // nats

    double lse() const { return largest + logTotal; }
    double logProb(float x) const { return static_cast<double>(x) - largest - logTotal; }
};

// The softmax of a row from its tiles.
Softmax joinTiles(std::span<const SoftmaxSums> tiles);

} // namespace ahascope::kernels
