#include "tests/kernels/decode_states.h"
#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {
namespace {

constexpr std::int64_t layers = 2;

// One prompt and one completion, computed by attention() as a batch and stored in scattered pages of layer 1.
// Everything else in the cache is NaN.
struct Sequence {
    Desk desk;
    AttentionInputs in;
    std::int64_t prompt = 0;
    std::int64_t own = 0;
    std::vector<std::int32_t> pages; // the prompt's, then the completion's
    std::unique_ptr<KvCache> cache;
    std::vector<float> attended;

    Sequence(CpuOptions options, int group, int headDim, int promptTokens, int ownTokens, std::int64_t window = 0)
        : desk(options)
        , in(2, group, headDim, segmentsOf({{promptTokens, {ownTokens}}}))
        , prompt(promptTokens)
        , own(ownTokens)
        , pages(shuffledPages(promptPages() + ownPages() + 3, 5))
    {
        in.shape.window = window;
        cache = desk.backend().makeKvCache({layers, 2, headDim, static_cast<std::int64_t>(pages.size())});
        const Tensor k = desk.tensor(in.rows, in.kvWidth(), in.k);
        const Tensor v = desk.tensor(in.rows, in.kvWidth(), in.v);
        const Tensor out = desk.poisoned(in.rows, in.width());
        const Tensor lse = desk.poisoned(in.rows, in.shape.heads);
        desk.backend().attention(
            out, lse, desk.tensor(in.rows, in.width(), in.q), k, v, segmentsOn(desk, in.segments), in.shape);
        attended = desk.read(out);
        poisonCache();
        Values destinations;
        for (std::int64_t row = 0; row < in.rows; ++row)
            destinations.push_back(double(place(row)));
        desk.backend().storeKv(*cache, 1, k, v, desk.ids(destinations));
    }

    std::int64_t promptPages() const { return (prompt + 15) / 16; }
    std::int64_t ownPages() const { return (own + 15) / 16; }

    // Where row `row` of the batch lies in the cache.
    std::int64_t place(std::int64_t row) const
    {
        const std::int64_t page = row < prompt ? row / 16 : promptPages() + (row - prompt) / 16;
        const std::int64_t offset = row < prompt ? row % 16 : (row - prompt) % 16;
        return pages[static_cast<std::size_t>(page)] * 16 + offset;
    }

    void poisonCache()
    {
        const std::int64_t places = static_cast<std::int64_t>(pages.size()) * 16;
        const Tensor nothing = desk.poisoned(places, in.kvWidth());
        Values all;
        for (std::int64_t i = 0; i < places; ++i)
            all.push_back(double(i));
        for (std::int64_t layer = 0; layer < layers; ++layer)
            desk.backend().storeKv(*cache, layer, nothing, nothing, desk.ids(all));
    }

    // Slot s feeds token number s of the completion; row r works for slot slots[r].
    DecodeState stateOf(const std::vector<std::int32_t>& slots)
    {
        Backend& backend = desk.backend();
        DecodeState state = makeIdleState(backend, {own, promptPages() + 1, ownPages() + 1, 1, 0});
        setIds(backend, state.rows, slots);
        backend.fill(state.token, 3.0f);
        backend.fill(state.remaining, 5.0f);
        backend.fill(state.prefixLength, float(prompt));
        for (std::int64_t slot = 0; slot < own; ++slot) {
            setIds(backend, state.length.columnRange(slot, 1), {static_cast<std::int32_t>(slot)});
            setIds(backend, state.prefixTable.rowRange(slot, 1), {pages.begin(), pages.begin() + promptPages()});
            setIds(backend, state.ownTable.rowRange(slot, 1),
                {pages.begin() + promptPages(), pages.begin() + promptPages() + ownPages()});
        }
        return state;
    }

    std::vector<float> decode(const std::vector<std::int32_t>& slots, const DecodeState& state)
    {
        Values q;
        for (const std::int32_t slot : slots) {
            const auto row = in.q.begin() + (prompt + slot) * in.width();
            q.insert(q.end(), row, row + in.width());
        }
        const auto rows = static_cast<std::int64_t>(slots.size());
        const Tensor out = desk.poisoned(rows, in.width());
        desk.backend().decodeAttention(out, desk.tensor(rows, in.width(), q), *cache, 1, state, in.shape);
        return desk.read(out);
    }

    std::vector<float> attendedRows(const std::vector<std::int32_t>& slots) const
    {
        std::vector<float> result;
        for (const std::int32_t slot : slots) {
            const auto row = attended.begin() + (prompt + slot) * in.width();
            result.insert(result.end(), row, row + in.width());
        }
        return result;
    }
};

std::vector<std::int32_t> countedSlots(std::int64_t count)
{
    std::vector<std::int32_t> slots;
    for (std::int64_t slot = 0; slot < count; ++slot)
        slots.push_back(static_cast<std::int32_t>(slot));
    return slots;
}

class DecodeAttention : public OperationTest { };

TEST_P(DecodeAttention, GivesTheBitsThatAttentionGivesToTheSameRow)
{
    for (const int group : {1, 2, 7}) {
        for (const int headDim : {8, 24, 32, 64, 128}) {
            for (const int prompt : {1, 15, 16, 17, 33}) {
                Sequence sequence({2, GetParam()}, group, headDim, prompt, 41);
                const std::vector<std::int32_t> slots = countedSlots(41);
                const DecodeState state = sequence.stateOf(slots);
                expectSame(sequence.decode(slots, state), sequence.attendedRows(slots),
                    std::to_string(group) + " x " + std::to_string(headDim) + ", prompt " + std::to_string(prompt));
            }
        }
    }
}

TEST_P(DecodeAttention, GivesThoseBitsOverSeveralChunksOfScoresToo)
{
    Sequence sequence({1, GetParam()}, 3, 24, 500, 40);
    const std::vector<std::int32_t> slots = countedSlots(40);
    const DecodeState state = sequence.stateOf(slots);
    expectSame(sequence.decode(slots, state), sequence.attendedRows(slots), "decode");
}

TEST_P(DecodeAttention, GivesThoseBitsInsideAWindowToo)
{
    const std::vector<std::int32_t> slots = countedSlots(41);
    for (const std::int64_t window : oddWindows) {
        for (const int prompt : {1, 15, 16, 17, 33}) {
            Sequence sequence({2, GetParam()}, 3, 24, prompt, 41, window);
            const DecodeState state = sequence.stateOf(slots);
            expectSame(sequence.decode(slots, state), sequence.attendedRows(slots),
                "window " + std::to_string(window) + ", prompt " + std::to_string(prompt));
        }
    }
    for (const std::int64_t window : {20, 300, 511, 512, 513, 530}) { // across the end of a chunk of scores
        Sequence sequence({2, GetParam()}, 3, 24, 500, 41, window);
        const DecodeState state = sequence.stateOf(slots);
        expectSame(sequence.decode(slots, state), sequence.attendedRows(slots), "window " + std::to_string(window));
    }
}

TEST_P(DecodeAttention, DoesNotDependOnThreadsOrOnTheOrderOfRows)
{
    const std::vector<std::int32_t> slots = {5, 0, 19, 11, 7};
    for (const int threads : {1, 2, 3}) {
        Sequence sequence({threads, GetParam()}, 2, 32, 17, 20);
        const DecodeState state = sequence.stateOf(slots);
        expectSame(sequence.decode(slots, state), sequence.attendedRows(slots), std::to_string(threads) + " threads");
    }
}

TEST_P(DecodeAttention, GivesZerosToRowsThatFeedNothing)
{
    Sequence sequence({2, GetParam()}, 1, 8, 3, 4);
    const DecodeState state = sequence.stateOf({0, 1, 2, 3});
    setIds(sequence.desk.backend(), state.remaining.columnRange(1, 1), {0});
    setIds(sequence.desk.backend(), state.token.columnRange(2, 1), {-1});
    std::vector<float> expected = sequence.attendedRows({0, 1, 2, 3});
    std::fill(expected.begin() + 16, expected.begin() + 48, 0.0f);
    expectSame(sequence.decode({0, 1, 2, 3}, state), expected, "out");
}

TEST_P(DecodeAttention, RefusesPagesOutsideTheCache)
{
    for (const std::int32_t page : {-1, 100}) {
        Sequence sequence({2, GetParam()}, 1, 8, 20, 4);
        const DecodeState state = sequence.stateOf({0, 1, 2, 3});
        setIds(sequence.desk.backend(), state.prefixTable.rowRange(2, 1).columnRange(1, 1), {page});
        EXPECT_THROW(sequence.decode({0, 1, 2, 3}, state), std::logic_error);
        EXPECT_NO_THROW(sequence.decode({0, 1}, state));
    }
}

TEST_P(DecodeAttention, RefusesSequencesLongerThanTheirTables)
{
    Sequence sequence({1, GetParam()}, 1, 8, 20, 4);
    const DecodeState state = sequence.stateOf({0, 1, 2, 3});
    setIds(sequence.desk.backend(), state.prefixLength.columnRange(3, 1), {16 * 3 + 1});
    EXPECT_THROW(sequence.decode({0, 1, 2, 3}, state), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Sets, DecodeAttention, ::testing::ValuesIn(instructionSets()), nameOfSet);

TEST(StoreKv, LeavesOutWhatGoesNowhereAndKeepsLayersAndHeadsApart)
{
    Desk desk({2, InstructionSet::Baseline});
    Backend& backend = desk.backend();
    const AttentionShape shape{.heads = 2, .kvHeads = 2, .headDim = 3, .scale = 1.0f};
    const auto cache = backend.makeKvCache({2, 2, 3, 2});
    const Values k = {1, 2, 3, 4, 5, 6, 9, 9, 9, 9, 9, 9};
    const Values v = {10, 20, 30, 40, 50, 60, 90, 90, 90, 90, 90, 90};
    backend.storeKv(*cache, 1, desk.tensor(2, 6, k), desk.tensor(2, 6, v), desk.ids({16, -1}));
    // With one token in sight attention returns its value, whatever the scores.
    DecodeState state = makeIdleState(backend, {1, 0, 1, 1, 0});
    setIds(backend, state.token, {0});
    setIds(backend, state.remaining, {1});
    setIds(backend, state.ownTable, {1});
    const Tensor out = desk.poisoned(1, 6);
    backend.decodeAttention(out, desk.tensor(1, 6, {1, 1, 1, 1, 1, 1}), *cache, 1, state, shape);
    expectSame(desk.read(out), {10, 20, 30, 40, 50, 60}, "layer 1");
    backend.decodeAttention(out, desk.tensor(1, 6, {1, 1, 1, 1, 1, 1}), *cache, 0, state, shape);
    expectSame(desk.read(out), {0, 0, 0, 0, 0, 0}, "layer 0");
}

TEST(StoreKv, RefusesPlacesOutsideTheCache)
{
    Desk desk({1, InstructionSet::Baseline});
    const auto cache = desk.backend().makeKvCache({1, 1, 4, 2});
    const Tensor row = desk.tensor(1, 4, {1, 2, 3, 4});
    EXPECT_THROW(desk.backend().storeKv(*cache, 0, row, row, desk.ids({32})), std::logic_error);
    EXPECT_THROW(desk.backend().storeKv(*cache, 0, row, row, desk.ids({-2})), std::logic_error);
    EXPECT_NO_THROW(desk.backend().storeKv(*cache, 0, row, row, desk.ids({31})));
}

TEST(KvCacheOfTheCpu, RefusesSizesThatCannotBeAddressed)
{
    Desk desk({1, InstructionSet::Baseline});
    EXPECT_THROW(desk.backend().makeKvCache({1 << 20, 1 << 20, 1 << 10, std::int64_t(1) << 40}), OutOfMemory);
}

class BeginDecodeStep : public ::testing::Test {
protected:
    BeginDecodeStep() : desk({1, InstructionSet::Baseline}), backend(desk.backend())
    {
        state = makeIdleState(backend, {4, 2, 2, 1, 0});
        setIds(backend, state.rows, {2, 0, 3, 1});
        setIds(backend, state.token, {11, 12, 13, -1});
        setIds(backend, state.prefixLength, {5, 32, 1, 3});
        setIds(backend, state.length, {0, 17, 31, 0});
        setIds(backend, state.remaining, {9, 0, 1, 7});
        for (const std::int64_t slot : {0, 1, 2, 3})
            setIds(backend, state.ownTable.rowRange(slot, 1), {static_cast<std::int32_t>(10 + slot), 20});
        backend.fill(state.ids, 99.0f);
        backend.fill(state.positions, 99.0f);
        backend.fill(state.destinations, 99.0f);
    }

    Desk desk;
    Backend& backend;
    DecodeState state;
};

TEST_F(BeginDecodeStep, FillsInTokensPositionsAndPlacesByRow)
{
    backend.beginDecodeStep(state, 4);
    // Slots 2, 0, 3 (its prompt was just computed), 1 (stopped)
    EXPECT_EQ(idsOf(backend, state.ids), (std::vector<std::int32_t>{13, 11, 0, 0}));
    EXPECT_EQ(idsOf(backend, state.positions), (std::vector<std::int32_t>{32, 5, 0, 0}));
    EXPECT_EQ(idsOf(backend, state.destinations), (std::vector<std::int32_t>{20 * 16 + 15, 10 * 16, -1, -1}));
}

TEST_F(BeginDecodeStep, TouchesOnlyTheRowsThatTakePart)
{
    backend.beginDecodeStep(state, 1);
    EXPECT_EQ(idsOf(backend, state.ids), (std::vector<std::int32_t>{13, 99, 99, 99}));
}

TEST_F(BeginDecodeStep, RefusesATokenWithoutAPage)
{
    setIds(backend, state.ownTable.rowRange(0, 1), {-1});
    EXPECT_THROW(backend.beginDecodeStep(state, 4), std::logic_error);
}

TEST_F(BeginDecodeStep, RefusesASequenceThatItsTableCannotHold)
{
    setIds(backend, state.length.columnRange(2, 1), {32});
    EXPECT_THROW(backend.beginDecodeStep(state, 4), std::logic_error);
}

TEST_F(BeginDecodeStep, RefusesSlotsThatAreNone)
{
    setIds(backend, state.rows.columnRange(1, 1), {4});
    EXPECT_THROW(backend.beginDecodeStep(state, 4), std::logic_error);
    EXPECT_NO_THROW(backend.beginDecodeStep(state, 1));
    EXPECT_THROW(backend.beginDecodeStep(state, 5), std::logic_error);
}

} // namespace
} // namespace ahascope::kernels
