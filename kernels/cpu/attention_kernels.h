// The inner functions of attention, once for each instruction set. Plain types only: see simd.h.
#pragma once

#include <stdint.h>

namespace ahascope::kernels {

// Up to 16 neighbouring tokens of one key/value head, as they lie in a page of the cache: keys [headDim][16], channel
// by channel, so that a vector holds one channel of many keys; then values [16][valueStride], token by token.
struct KvBlock {
    const float* data = nullptr;
    int32_t tokens = 0;
};

// Sizes that follow from the shape of a head.
struct HeadLayout {
    int64_t headDim = 0;
    int64_t valueStride = 0; // headDim rounded up to whole vectors; what is behind headDim stays 0
    int64_t blockFloats = 0; // one KvBlock
};

// Where the queries of a window begin to see. Places are counted from blocks[0], 16 to a block.
struct WindowRows {
    const int32_t* firstPlaces = nullptr; // [queries], the first place that each sees
    int64_t edgeBlocks = 0; // no block from this one on holds a place before any of firstPlaces; 0 = no window
    int64_t firstBlock = 0; // number of blocks[0] among all blocks of the context
};

// Some queries over the same tokens of one key/value head. They all see every token of every block but the last, and
// lastTokens[i] of the last; of the blocks at the edge of a window only what `window` says.
struct AttentionRows {
    int64_t queries = 0;
    const float* const* q = nullptr; // [queries] -> [headDim]
    float* const* out = nullptr;     // [queries] -> [headDim]
    float* const* lse = nullptr;     // [queries] -> one number; null when not needed
    const KvBlock* blocks = nullptr;
    int64_t blockCount = 0;              // at least 1
    const int32_t* lastTokens = nullptr; // [queries], at least 1 each
    WindowRows window;
    HeadLayout layout;
    float scale = 0.0f;
    float* scratch = nullptr; // attendScratch + attendScratchPerValue * valueStride floats
};

// What attentionBackward() keeps of up to 16 tokens of one key/value head.
struct GradientBlock {
    const float* keysByChannel = nullptr;   // [headDim][16]
    const float* keysByToken = nullptr;     // [16][valueStride]
    const float* valuesByChannel = nullptr; // [headDim][16]
    float* dkeys = nullptr;                 // [headDim][16], added to
    float* dvalues = nullptr;               // [headDim][16], added to
    int32_t tokens = 0;
};

struct AttentionGradientRows {
    int64_t queries = 0;
    const float* const* q = nullptr;
    const float* const* out = nullptr;
    const float* const* dout = nullptr;
    float* const* dq = nullptr;
    const float* const* lse = nullptr;
    const GradientBlock* blocks = nullptr;
    int64_t blockCount = 0;
    const int32_t* lastTokens = nullptr;
    WindowRows window;
    HeadLayout layout;
    float scale = 0.0f;
    float* scratch = nullptr; // gradientScratch + gradientScratchPerValue * valueStride floats
};

// Scratch of four queries: scores of 512 tokens, two sums for each channel.
constexpr int64_t attendScratch = 4 * 512;
constexpr int64_t attendScratchPerValue = 4 * 2;
// Scratch of eight queries: score gradients of 16 tokens; q, dout and dq.
constexpr int64_t gradientScratch = 8 * 16;
constexpr int64_t gradientScratchPerValue = 8 * 3;

// Tokens of one key/value head brought into a KvBlock: rows `stride` floats apart.
struct TokenRows {
    const float* keys = nullptr;
    int64_t keyStride = 0;
    const float* values = nullptr;
    int64_t valueStride = 0;
    int32_t tokens = 0; // at most 16; what is behind them in the block becomes 0
};

struct AttentionKernels {
    void (*pack)(float* block, const HeadLayout& layout, const TokenRows& rows);
    // to[c][r] = from[r][c]
    void (*transpose)(
        float* to, int64_t toStride, const float* from, int64_t fromStride, int64_t rows, int64_t columns);
    void (*attend)(const AttentionRows& rows);
    void (*gradient)(const AttentionGradientRows& rows);
};

extern const AttentionKernels attentionBaseline;
extern const AttentionKernels attentionAvx2;
extern const AttentionKernels attentionAvx512;

} // namespace ahascope::kernels
