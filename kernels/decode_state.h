// The state of sequences being generated. It lives in the backend's memory, so that k tokens can be generated without
// the host and the same sequence of calls can be captured once and replayed.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/tensor.h"

namespace ahascope::kernels {

struct DecodeShape {
    std::int64_t slots = 0;          // sequences held at once
    std::int64_t prefixPages = 0;    // pages a prompt may take
    std::int64_t ownPages = 0;       // pages a completion may take
    std::int64_t tokensPerChunk = 0; // k: tokens generated between two looks of the host
    std::int64_t endTokens = 0;      // token ids that end a sequence

    bool operator==(const DecodeShape&) const = default;
};

// Per slot unless said otherwise. The host fills a slot between chunks (upload of its row) and reads the outputs of a
// chunk.
struct DecodeState {
    DecodeShape shape;
    Tensor token; // I32 [slots] the token to feed next: generated, its keys not yet in the cache; -1: the prompt was
                  // just computed and nothing has been generated
    Tensor prefixLength; // I32 [slots] tokens of the prompt in the cache
    Tensor length;    // I32 [slots] tokens of the completion in the cache; position of `token` = prefixLength + length
    Tensor remaining; // I32 [slots] tokens that may still be generated; 0 = not running
    Tensor prefixTable; // I32 [slots, prefixPages] page numbers of the prompt, shared by its group
    Tensor ownTable;    // I32 [slots, ownPages] page numbers of the completion
    Tensor key;         // U32 [slots, 2] key of the sequence's randomness
    Tensor ends;        // I32 [endTokens] any of them ends a sequence (remaining becomes 0)
    Tensor rows;        // I32 [slots] slot that each row of the batch works for; the host keeps running slots in front

    // Outputs of a chunk, [tokensPerChunk, slots]. Token -1: the slot was not running at that step.
    Tensor outTokens;   // I32
    Tensor outLogProbs; // F32 natural logarithm of the token's probability
    Tensor outEntropy;  // F32 nats

    // Scratch of one decode step, by row of the batch.
    Tensor ids;          // I32 [slots] token to feed
    Tensor positions;    // I32 [slots] its position
    Tensor destinations; // I32 [slots] place in the cache: page * pageTokens + offset; -1 = none

    Buffer memory; // holds all of the above
};

struct KvShape {
    std::int64_t layers = 0;
    std::int64_t kvHeads = 0;
    std::int64_t headDim = 0;
    std::int64_t pages = 0;
    DType type = DType::F32; // as rows are
    static constexpr std::int64_t pageTokens = 16;
};

// Keys and values in pages of `pageTokens` tokens; the layout inside a page is the backend's own.
class KvCache {
public:
    explicit KvCache(KvShape shape) : m_shape(shape) { }
    virtual ~KvCache() = default;
    KvCache(const KvCache&) = delete;
    KvCache& operator=(const KvCache&) = delete;
    const KvShape& shape() const { return m_shape; }

private:
    KvShape m_shape;
};

// How the next token is drawn from logits z: softmax(z / temperature) restricted to the top k tokens (0 = all), then to
// the smallest set whose probability reaches top p, by the Gumbel-max rule with Philox4x32-10 noise, so that the draw
// depends on (key, position, token id) alone. temperature 0 takes the largest logit (the lowest id of equals).
struct SamplingOptions {
    float temperature = 1.0f;
    std::int32_t topK = 0;
    float topP = 1.0f;
    float reportTemperature = 1.0f; // outLogProbs and outEntropy are of softmax(z / reportTemperature), unrestricted
};

} // namespace ahascope::kernels
