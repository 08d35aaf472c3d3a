#include "kernels/parity/decode_scene.h"

#include <array>
#include <limits>

namespace ahascope::kernels::parity {

namespace {

constexpr std::int32_t pageTokens = KvShape::pageTokens;
constexpr std::int32_t prefixPages = 3;
constexpr std::int32_t ownPages = 9;

struct Prompt {
    std::int32_t tokens;
    std::int32_t firstSlot;
    std::int32_t slots;
};
constexpr std::array<Prompt, 3> prompts = {{{33, 0, 4}, {17, 4, 2}, {1, 6, 1}}};

const Ids lengths = {0, 1, 15, 129, 16, 40, 0}; // of completions in the cache, without the token to feed
const Ids fed = {3, 1, 4, 1, 5, 9, -1};
const Ids remaining = {9, 1, 8, 7, 6, 0, 5};
const Ids slotsOfRows = {3, 0, 6, 1, 5, 2, 4};

std::int32_t pagesOf(std::int32_t tokens)
{
    return (tokens + pageTokens - 1) / pageTokens;
}

// Hands out the pages of a cache in an order that jumps.
class Pages {
public:
    static constexpr std::int32_t count = 61; // a prime, and more than are needed

    Ids take(std::int32_t pages)
    {
        Ids taken;
        for (std::int32_t i = 0; i < pages; ++i)
            taken.push_back(m_taken++ * 23 % count);
        return taken;
    }

private:
    std::int32_t m_taken = 1;
};

void addPlaces(Ids& places, const Ids& pages, std::int32_t tokens)
{
    for (std::int32_t token = 0; token < tokens; ++token)
        places.push_back(pages[static_cast<std::size_t>(token / pageTokens)] * pageTokens + token % pageTokens);
}

} // namespace

void setIds(Backend& backend, Tensor to, const Ids& values)
{
    expect(to.count() == static_cast<std::int64_t>(values.size()), "parity: as many ids as the tensor has");
    backend.upload(to, values.data());
}

DecodeScene::DecodeScene(Desk& desk, std::int64_t layers, const AttentionShape& shape, std::int64_t tokensPerChunk)
{
    Backend& backend = desk.backend();
    cache = backend.makeKvCache({layers, shape.kvHeads, shape.headDim, Pages::count, desk.rowType()});
    state = backend.makeDecodeState({slots, prefixPages, ownPages, tokensPerChunk, 2});
    setIds(backend, state.rows, slotsOfRows);
    setIds(backend, state.token, fed);
    setIds(backend, state.length, lengths);
    setIds(backend, state.remaining, remaining);
    backend.fill(state.prefixTable, -1.0f);
    backend.fill(state.ownTable, -1.0f);
    backend.fill(state.ends, -1.0f);
    setIds(backend, state.key, desk.randomIds(2 * slots, 1 << 30));
    Pages pages;
    Ids places;
    for (const Prompt& prompt : prompts) {
        const Ids shared = pages.take(pagesOf(prompt.tokens));
        addPlaces(places, shared, prompt.tokens);
        for (std::int64_t slot = prompt.firstSlot; slot < prompt.firstSlot + prompt.slots; ++slot) {
            const std::int32_t tokens = lengths[static_cast<std::size_t>(slot)] + 1;
            const Ids own = pages.take(pagesOf(tokens));
            addPlaces(places, own, tokens);
            const auto leading = [&](const Tensor& table, const Ids& values) {
                setIds(
                    backend, table.rowRange(slot, 1).columnRange(0, static_cast<std::int64_t>(values.size())), values);
            };
            leading(state.prefixTable, shared);
            leading(state.ownTable, own);
            setIds(backend, state.prefixLength.columnRange(slot, 1), {prompt.tokens});
        }
    }
    fillCache(desk, places);
}

void DecodeScene::fillCache(Desk& desk, const Ids& places)
{
    const KvShape& shape = cache->shape();
    const std::int64_t all = shape.pages * pageTokens, width = shape.kvHeads * shape.headDim;
    Ids everywhere;
    for (std::int64_t place = 0; place < all; ++place)
        everywhere.push_back(static_cast<std::int32_t>(place));
    const Tensor nothing = desk.rowOutput(all, width);
    const auto tokens = static_cast<std::int64_t>(places.size());
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        desk.backend().storeKv(*cache, layer, nothing, nothing, desk.ids(everywhere));
        desk.backend().storeKv(
            *cache, layer, desk.rowInput(tokens, width, 2.0f), desk.rowInput(tokens, width), desk.ids(places));
    }
}

} // namespace ahascope::kernels::parity
