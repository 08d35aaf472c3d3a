// A cache and the state of sequences that stand at different places, for cases of decoding.
#pragma once

#include <memory>

#include "kernels/parity/desk.h"

namespace ahascope::kernels::parity {

// Seven slots: four share one prompt, two another, one has a prompt of a single token that was just computed and
// nothing to feed; one of the others does not run. Rows work for slots in another order. The cache holds random keys
// and values where the sequences have tokens, in shuffled pages, and NaN everywhere else.
struct DecodeScene {
    static constexpr std::int64_t slots = 7;
    static constexpr std::int64_t positions = 256; // more than any sequence has

    DecodeScene(Desk& desk, std::int64_t layers, const AttentionShape& shape, std::int64_t tokensPerChunk = 1);

    std::unique_ptr<KvCache> cache;
    DecodeState state;

private:
    void fillCache(Desk& desk, const Ids& places);
};

// Uploads whole numbers to a tensor of I32 or U32.
void setIds(Backend& backend, Tensor to, const Ids& values);

} // namespace ahascope::kernels::parity
