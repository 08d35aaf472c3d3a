#include "tests/emulation/both_ways.h"
#include "tests/kernels/decode_states.h"
#include "tests/kernels/segment_layouts.h"

namespace ahascope::kernels {
namespace {

class AttentionOnTheGpu : public OnTheGpu { };
INSTANTIATE_TEST_SUITE_P(Emulated, AttentionOnTheGpu, ::testing::Bool(),
    [](const ::testing::TestParamInfo<bool>& info) { return info.param ? "Bf16" : "F32"; });

struct Heads {
    std::int64_t kvHeads, group, headDim;
};
const std::vector<Heads> headShapes = {{1, 1, 1}, {2, 3, 6}, {1, 2, 33}, {2, 7, 64}, {1, 4, 128}};

TEST_P(AttentionOnTheGpu, PackedBatchesWithSharedPromptsAndWindows)
{
    for (const Heads& h : headShapes) {
        if (half() && h.headDim == 1)
            continue; // one rounding of BF16 is all there is
        for (std::size_t i = 0; const Layout& layout : oddLayouts()) {
            AttentionInputs in(h.kvHeads, h.group, h.headDim, segmentsOf(layout));
            in.shape.window = (i++ + static_cast<std::size_t>(h.headDim)) % 2 == 0 ? 0 : 17;
            expectAgreement(half(), std::to_string(h.headDim) + " channels, " + std::to_string(in.rows) + " rows",
                [&](Side& side) { return bothWays(side, in); });
        }
    }
}

// Four slots: two of one prompt, one that does not run, one of another prompt.
DecodeState decodeState(Backend& backend)
{
    DecodeState state
        = makeIdleState(backend, {.slots = 4, .prefixPages = 3, .ownPages = 2, .tokensPerChunk = 2, .endTokens = 2});
    setIds(backend, state.token, {5, 6, 7, 3});
    setIds(backend, state.prefixLength, {37, 37, 3, 16});
    setIds(backend, state.length, {0, 19, 5, 16});
    setIds(backend, state.remaining, {3, 1, 0, 9});
    const std::vector<std::int32_t> pages = shuffledPages(20, 3);
    std::vector<std::int32_t> prefix(12, -1), own(8, -1);
    for (std::size_t i = 0; i < 3; ++i)
        prefix[i] = prefix[3 + i] = pages[i];
    prefix[9] = pages[3];
    for (std::size_t i = 0; i < 8; ++i)
        own[i] = pages[4 + i];
    backend.upload(state.prefixTable, prefix.data());
    backend.upload(state.ownTable, own.data());
    std::vector<std::int32_t> keys = {11, 12, 21, 22, 31, 32, 41, 42};
    Tensor key = state.key;
    key.dtype = DType::I32;
    backend.upload(key, keys.data());
    return state;
}

TEST_P(AttentionOnTheGpu, DecodingOverPages)
{
    for (const Heads& h : headShapes) {
        for (const std::int64_t window : {0, 18}) {
            expectAgreement(half(), std::to_string(h.headDim) + " channels", [&](Side& side) -> std::vector<Tensor> {
                RandomValues random(9);
                Backend& backend = side.backend();
                const AttentionShape shape{.heads = h.kvHeads * h.group,
                    .kvHeads = h.kvHeads,
                    .headDim = h.headDim,
                    .scale = 1.0f / std::sqrt(float(h.headDim)),
                    .window = window};
                const auto cache = backend.makeKvCache({2, h.kvHeads, h.headDim, 20, side.rowType()});
                const std::int64_t wide = h.kvHeads * h.headDim;
                Values places;
                for (int i = 0; i < 320; ++i)
                    places.push_back(i);
                places[300] = -1;
                for (const std::int64_t layer : {0, 1})
                    backend.storeKv(*cache, layer, side.rows(320, wide, random.floats(320 * wide, 2.0)),
                        side.rows(320, wide, random.floats(320 * wide)), side.ids(places));
                DecodeState state = decodeState(backend);
                backend.beginDecodeStep(state, 4);
                const Tensor q = side.rows(4, h.group * wide, random.floats(4 * h.group * wide, 2.0));
                const Tensor out = side.poisonedRows(4, h.group * wide);
                backend.decodeAttention(out, q, *cache, 1, state, shape);
                EXPECT_EQ(idsOf(backend, state.ids), (std::vector<std::int32_t>{5, 6, 0, 3}));
                EXPECT_EQ(idsOf(backend, state.positions), (std::vector<std::int32_t>{37, 56, 0, 32}));
                return {out};
            });
        }
    }
}

TEST_P(AttentionOnTheGpu, TokensAreDrawnAsOnTheProcessor)
{
    for (const std::int64_t vocabulary : {5, 3000}) {
        for (const SamplingOptions& options : {SamplingOptions{.temperature = 0.0f}, SamplingOptions{},
                 SamplingOptions{.temperature = 0.7f, .reportTemperature = 1.3f}, SamplingOptions{.topK = 3},
                 SamplingOptions{.topP = 0.6f}, SamplingOptions{.temperature = 1.5f, .topK = 40, .topP = 0.9f}}) {
            std::vector<std::vector<std::int32_t>> drawn;
            expectAgreement(half(), std::to_string(vocabulary), [&](Side& side) -> std::vector<Tensor> {
                RandomValues random(10);
                Backend& backend = side.backend();
                Weight head = side.weight(vocabulary, 24, random.floats(vocabulary * 24));
                DecodeState state = decodeState(backend);
                setIds(backend, state.ends, {-1, 4});
                for (const std::int64_t step : {0, 1})
                    backend.lmHeadSample(state, step, side.rows(4, 24, random.floats(4 * 24)), head, options);
                for (const Tensor& tensor : {state.outTokens, state.token, state.length, state.remaining})
                    drawn.push_back(idsOf(backend, tensor));
                const Tensor logProbs = side.poisoned(2, 4);
                const Tensor entropy = side.poisoned(2, 4);
                backend.copy(logProbs, state.outLogProbs);
                backend.copy(entropy, state.outEntropy);
                return {logProbs, entropy};
            });
            ASSERT_EQ(drawn.size(), 8u);
            for (std::size_t i = 0; i < 4; ++i)
                EXPECT_EQ(drawn[i], drawn[i + 4]) << vocabulary;
        }
    }
}

TEST_P(AttentionOnTheGpu, LogProbabilitiesOfTokensAndTheirGradient)
{
    for (const std::int64_t vocabulary : {5, 129, 3000}) {
        expectAgreement(half(), std::to_string(vocabulary), [&](Side& side) -> std::vector<Tensor> {
            RandomValues random(11);
            Backend& backend = side.backend();
            Weight head
                = side.weight(vocabulary, 24, random.floats(vocabulary * 24), random.floats(vocabulary * 24, 0.01));
            const Tensor hidden = side.rows(13, 24, random.floats(13 * 24));
            const Tensor targets = side.ids(random.integers(13, vocabulary));
            const Tensor logProbs = side.poisoned(1, 13);
            const Tensor entropy = side.poisoned(1, 13);
            const Tensor lse = side.poisoned(1, 13);
            backend.lmHeadLogProbs(logProbs, entropy, lse, hidden, head, targets, 0.8f);
            const Tensor dhidden = side.poisoned(13, 24);
            backend.lmHeadLogProbsBackward(dhidden, head, side.tensor(1, 13, random.floats(13)),
                side.tensor(1, 13, random.floats(13)), hidden, lse, entropy, targets, 0.8f);
            return {logProbs, entropy, lse, dhidden, head.gradient};
        });
    }
}

TEST_P(AttentionOnTheGpu, AdamWUpdatesAndRoundsAsOnTheProcessor)
{
    for (const std::int64_t count : {17, 3001}) {
        for (const bool eightBit : {false, true}) {
            expectAgreement(half(), std::to_string(count), [&](Side& side) -> std::vector<Tensor> {
                RandomValues random(12);
                Backend& backend = side.backend();
                const Values values = random.floats(count);
                const Tensor value = half() ? side.bf16(1, count, values) : side.tensor(1, count, values);
                const Tensor norm = side.poisoned(1, 1);
                const Tensor mean = side.tensor(1, count, Values(std::size_t(count)));
                const Tensor variance = side.tensor(1, count, Values(std::size_t(count)));
                Tensor bytes = side.tensor(1, count, Values(std::size_t(count)));
                const QuantisedVector first{{bytes.data, DType::U8, 1, count, count},
                    side.tensor(
                        1, QuantisedVector::blocks(count), Values(std::size_t(QuantisedVector::blocks(count))))};
                bytes = side.tensor(1, count, Values(std::size_t(count)));
                const QuantisedVector second{{bytes.data, DType::U8, 1, count, count},
                    side.tensor(
                        1, QuantisedVector::blocks(count), Values(std::size_t(QuantisedVector::blocks(count))))};
                if (eightBit) { // codes of zero
                    const std::vector<std::uint8_t> zero(std::size_t(count), 127), unsignedZero(std::size_t(count), 0);
                    backend.upload(first.codes, zero.data());
                    backend.upload(second.codes, unsignedZero.data());
                }
                for (int step = 1; step <= 2; ++step) {
                    const Tensor gradient = side.tensor(1, count, random.floats(count));
                    backend.sumOfSquares(norm, gradient);
                    const AdamWOptions options{.learningRate = 0.01f,
                        .weightDecay = 0.1f,
                        .step = step,
                        .maxGradNorm = 1.0f,
                        .roundingSeed = 0x123456789abcdefull};
                    if (eightBit)
                        backend.adamW8bit(value, gradient, first, second, norm, options);
                    else
                        backend.adamW(value, gradient, mean, variance, norm, options);
                }
                return eightBit ? std::vector<Tensor>{value, norm, first.scales, second.scales}
                                : std::vector<Tensor>{value, norm, mean, variance};
            });
        }
    }
}

} // namespace
} // namespace ahascope::kernels
