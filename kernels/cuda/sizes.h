// What the CUDA backend takes beside the memory that it is asked for. The plan backend reckons with the same numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/backend.h"

namespace ahascope::kernels::cuda {

constexpr std::size_t workspaceBytes = std::size_t(32) << 20; // of cuBLASLt; what NVIDIA advises for Hopper

// Logits are made for whole tiles of the vocabulary, as many at a time as keep them within a number.
constexpr std::int64_t tileTokens = 1024;
constexpr std::int64_t chunkLogits = std::int64_t(1) << 22; // 16 MiB: they stay in the L2 cache until they are summed
constexpr std::int64_t chunkGradients = std::int64_t(1) << 24; // of logits whose BF16 gradients stand beside: 100 MB

inline std::int64_t tilesOf(std::int64_t vocabulary)
{
    return (vocabulary + tileTokens - 1) / tileTokens;
}

// How many tokens of the vocabulary go at a time with so many rows: whole tiles.
inline std::int64_t chunkTokens(std::int64_t rows, std::int64_t vocabulary, std::int64_t logits = chunkLogits)
{
    const std::int64_t tiles = std::max<std::int64_t>(1, logits / (std::max<std::int64_t>(1, rows) * tileTokens));
    return std::min(tiles, tilesOf(vocabulary)) * tileTokens;
}

// Weights are read once for all sequences; the host's looks and launches are hidden behind many tokens.
constexpr DecodeLoad decodeLoad = {.sequences = 512, .tokensPerLook = 16, .prefillTokens = 16384};

// Of a cache of keys and values. Throws OutOfMemory when the number cannot be written down.
inline std::size_t cacheBytes(const KvShape& shape)
{
    std::int64_t bytes = 2 * KvShape::pageTokens * static_cast<std::int64_t>(sizeOf(shape.type));
    for (const std::int64_t factor : {shape.headDim, shape.kvHeads, shape.pages, shape.layers}) {
        if (__builtin_mul_overflow(bytes, factor, &bytes))
            throw OutOfMemory(
                "A cache of keys and values this large cannot be addressed; use fewer slots or a shorter context.");
    }
    return static_cast<std::size_t>(bytes);
}

} // namespace ahascope::kernels::cuda
