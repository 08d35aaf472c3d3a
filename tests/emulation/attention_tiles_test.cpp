// Attention on the tensor cores: runs and groups of heads around the tiles' edges.
#include "cuda_runtime.h"
#include "tests/emulation/both_ways.h"
#include "tests/kernels/decode_states.h"
#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {
namespace {

struct Case {
    std::int64_t kvHeads, group, headDim, window;
    Layout layout;
};

// The queries of the prompt's first tile of keys are split over blocks, those of its second are not.
const Case splitPrompt = {1, 8, 64, 0, {{70, {60, 40}}}};

// Several tiles and their edges; many runs within one tile; every group that models have and one that no tile divides.
std::vector<Case> tileCases()
{
    const Layout manyShort = {{5, std::vector<int>(20, 3)}, {1, {1, 2, 1}}, {70, std::vector<int>(9, 1)}};
    return {
        {1, 1, 64, 0, {{130, {70, 1, 200}}}},
        {1, 1, 64, 33, {{130, {70, 1, 200}}}},
        {1, 1, 128, 100, {{130, {70, 1, 200}}}},
        {2, 7, 64, 0, manyShort},
        {1, 7, 128, 20, {{33, {31, 10}}, {64, {}}}},
        {1, 8, 64, 1, manyShort},
        splitPrompt,
        {2, 2, 96, 0, {{65, {63, 64}}, {32, {33}}}},
        {1, 3, 96, 40, {{65, {63, 64}}}},
    };
}

std::string nameOf(const Case& c)
{
    return std::to_string(c.headDim) + " channels, group " + std::to_string(c.group) + ", window "
        + std::to_string(c.window);
}
void PrintTo(const Case& c, std::ostream* out)
{
    *out << nameOf(c);
}

AttentionInputs inputsOf(const Case& c)
{
    AttentionInputs in(c.kvHeads, c.group, c.headDim, segmentsOf(c.layout));
    in.shape.window = c.window;
    return in;
}

class PackedTiles : public ::testing::TestWithParam<Case> { };
INSTANTIATE_TEST_SUITE_P(AttentionTiles, PackedTiles, ::testing::ValuesIn(tileCases()));

TEST_P(PackedTiles, AgreeWithTheProcessor)
{
    const AttentionInputs in = inputsOf(GetParam());
    expectAgreement(true, nameOf(GetParam()), [&](Side& side) { return bothWays(side, in); });
}

struct Context {
    std::int32_t prompt;
    std::int32_t own;
};
// Around a page and a split of 32 pages, prompts that end within a page; two slots share a prompt.
const std::vector<Context> contexts
    = {{3, 0}, {1, 496}, {15, 495}, {496, 15}, {512, 0}, {500, 12}, {37, 992}, {1029, 0}, {1040, 511}, {1040, 3}};
constexpr std::int32_t idleSlot = 2;

// A cache with random contents and a slot for each context.
struct Decoding {
    const std::int64_t rows = std::int64_t(contexts.size());
    AttentionShape shape;
    std::unique_ptr<KvCache> cache;
    DecodeState state;

    Decoding(Side& side, const Case& c)
        : shape{.heads = c.kvHeads * c.group,
            .kvHeads = c.kvHeads,
            .headDim = c.headDim,
            .scale = 1.0f / std::sqrt(float(c.headDim)),
            .window = c.window}
        , state(makeIdleState(
              side.backend(), {.slots = rows, .prefixPages = 65, .ownPages = 63, .tokensPerChunk = 1, .endTokens = 1}))
    {
        constexpr std::int64_t pages = 500;
        cache = side.backend().makeKvCache({1, c.kvHeads, c.headDim, pages, side.rowType()});
        RandomValues random(21);
        const std::int64_t places = pages * KvShape::pageTokens;
        const std::int64_t wide = c.kvHeads * c.headDim;
        Values all;
        for (std::int64_t i = 0; i < places; ++i)
            all.push_back(double(i));
        side.backend().storeKv(*cache, 0, side.rows(places, wide, random.floats(places * wide, 3.0)),
            side.rows(places, wide, random.floats(places * wide)), side.ids(all));
        fillSlots(side.backend(), shuffledPages(pages, 5));
        q = side.rows(rows, c.group * wide, random.floats(rows * c.group * wide, 3.0));
    }
    // Of the rows that work for these slots.
    std::vector<float> run(Side& side, const std::vector<std::int32_t>& slots)
    {
        setIds(side.backend(), state.rows, slots);
        const std::int64_t count = std::int64_t(slots.size());
        const Tensor some = side.poisonedRows(count, q.columns);
        for (std::int64_t i = 0; i < count; ++i)
            side.backend().copy(some.rowRange(i, 1), q.rowRange(slots[std::size_t(i)], 1));
        out = side.poisonedRows(count, q.columns);
        side.backend().decodeAttention(out, some, *cache, 0, state, shape);
        return side.read(out);
    }
    static std::vector<std::int32_t> everySlot()
    {
        std::vector<std::int32_t> slots;
        for (std::size_t i = 0; i < contexts.size(); ++i)
            slots.push_back(std::int32_t(i));
        return slots;
    }

    Tensor q;
    Tensor out; // of the last run

private:
    void fillSlots(Backend& backend, const std::vector<std::int32_t>& pages)
    {
        std::vector<std::int32_t> token, prompt, own, remaining;
        std::vector<std::int32_t> prefix(std::size_t(rows * state.shape.prefixPages), -1);
        std::vector<std::int32_t> ownTable(std::size_t(rows * state.shape.ownPages), -1);
        std::size_t used = 0;
        for (std::size_t slot = 0; slot < contexts.size(); ++slot) {
            token.push_back(1);
            prompt.push_back(contexts[slot].prompt);
            own.push_back(contexts[slot].own);
            remaining.push_back(std::int32_t(slot) == idleSlot ? 0 : 5);
            const bool shared = slot > 0 && contexts[slot].prompt == contexts[slot - 1].prompt;
            for (std::size_t i = 0; i < std::size_t(contexts[slot].prompt + 15) / 16; ++i) {
                const std::size_t at = slot * std::size_t(state.shape.prefixPages) + i;
                prefix[at] = shared ? prefix[at - std::size_t(state.shape.prefixPages)] : pages[used++];
            }
            for (std::size_t i = 0; i < std::size_t(contexts[slot].own) / 16 + 1; ++i)
                ownTable[slot * std::size_t(state.shape.ownPages) + i] = pages[used++];
        }
        ASSERT_LE(used, pages.size());
        setIds(backend, state.token, token);
        setIds(backend, state.prefixLength, prompt);
        setIds(backend, state.length, own);
        setIds(backend, state.remaining, remaining);
        backend.upload(state.prefixTable, prefix.data());
        backend.upload(state.ownTable, ownTable.data());
    }
};

const std::vector<Case> decodeCases = {{2, 7, 64, 0, {}}, {1, 1, 64, 40, {}}, {1, 8, 128, 0, {}}, {1, 3, 96, 513, {}},
    {1, 20, 64, 0, {}}, {2, 1, 128, 1, {}}};

TEST(AttentionTiles, DecodingAgreesWithTheProcessorAroundPagesAndSplits)
{
    for (const Case& c : decodeCases) {
        expectAgreement(true, nameOf(c), [&](Side& side) -> std::vector<Tensor> {
            Decoding decoding(side, c);
            decoding.run(side, Decoding::everySlot());
            return {decoding.out};
        });
    }
}

TEST(AttentionTiles, ADecodedRowDoesNotDependOnTheBatch)
{
    Side side(std::make_unique<CudaBackend>(0), true);
    for (const std::int64_t window : {0, 600}) {
        Decoding decoding(side, {1, 2, 64, window, {}});
        const std::vector<float> together = decoding.run(side, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
        const std::ptrdiff_t columns = decoding.q.columns;
        for (std::int32_t slot = 0; slot < std::int32_t(contexts.size()); ++slot) {
            const auto row = together.begin() + (std::ptrdiff_t(contexts.size()) - 1 - slot) * columns;
            expectSame(decoding.run(side, {slot}), {row, row + columns}, "slot " + std::to_string(slot));
        }
    }
}

class ThreadOrders : public ::testing::TestWithParam<emulation::Order> {
protected:
    ~ThreadOrders() override { emulation::setThreadOrder(emulation::Order::Forward); }
};
INSTANTIATE_TEST_SUITE_P(
    AttentionTiles, ThreadOrders, ::testing::Values(emulation::Order::Backward, emulation::Order::Shuffled));

TEST_P(ThreadOrders, ChangeNoBitOfAttention)
{
    const AttentionInputs in = inputsOf(splitPrompt);
    const auto run = [&] {
        Side side(std::make_unique<CudaBackend>(0), true);
        std::vector<std::vector<float>> results;
        for (const Tensor& tensor : bothWays(side, in))
            results.push_back(side.read(tensor));
        Decoding decoding(side, {1, 2, 64, 0, {}});
        results.push_back(decoding.run(side, {1, 5, 6}));
        return results;
    };
    const std::vector<std::vector<float>> expected = run();
    emulation::setThreadOrder(GetParam());
    const std::vector<std::vector<float>> actual = run();
    for (std::size_t i = 0; i < expected.size(); ++i)
        expectSame(actual[i], expected[i], "output " + std::to_string(i));
}

} // namespace
} // namespace ahascope::kernels
