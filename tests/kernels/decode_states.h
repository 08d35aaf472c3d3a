// Decode states and caches filled by the host, for tests.
#pragma once

#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {

inline void setIds(Backend& backend, Tensor to, const std::vector<std::int32_t>& values)
{
    backend.upload(to.columnRange(0, static_cast<std::int64_t>(values.size())), values.data());
}

inline std::vector<std::int32_t> idsOf(Backend& backend, Tensor from)
{
    std::vector<std::int32_t> result(static_cast<std::size_t>(from.count()));
    backend.download(result.data(), from);
    return result;
}

// Row r of the batch works for slot r; nothing runs.
inline DecodeState makeIdleState(Backend& backend, DecodeShape shape)
{
    DecodeState state = backend.makeDecodeState(shape);
    std::vector<std::int32_t> rows;
    for (std::int64_t slot = 0; slot < shape.slots; ++slot)
        rows.push_back(static_cast<std::int32_t>(slot));
    setIds(backend, state.rows, rows);
    backend.fill(state.token, -1.0f);
    backend.fill(state.prefixTable, -1.0f);
    backend.fill(state.ownTable, -1.0f);
    backend.fill(state.ends, -1.0f);
    backend.fill(state.outTokens, -7.0f);
    backend.fill(state.outLogProbs, std::nanf(""));
    backend.fill(state.outEntropy, std::nanf(""));
    return state;
}

// Page numbers 0 .. count-1 in a shuffled order.
inline std::vector<std::int32_t> shuffledPages(std::int64_t count, std::uint32_t seed)
{
    std::vector<std::int32_t> pages;
    for (std::int64_t page = 0; page < count; ++page)
        pages.push_back(static_cast<std::int32_t>(page));
    std::mt19937 engine(seed);
    for (std::size_t i = pages.size(); i > 1; --i)
        std::swap(pages[i - 1], pages[engine() % i]);
    return pages;
}

} // namespace ahascope::kernels
