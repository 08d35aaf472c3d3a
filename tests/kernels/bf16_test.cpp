// Weights in BF16 against weights in F32 that hold the same values.
#include <array>
#include <map>

#include "kernels/philox.h"
#include "tests/kernels/decode_states.h"

namespace ahascope::kernels {
namespace {

class Bf16 : public OperationTest {
protected:
    // What `outputs` makes of a weight of each type, bit for bit.
    template <class Outputs>
    void expectSameOfBoth(const Outputs& outputs, const std::string& what)
    {
        Desk wide = desk();
        Desk narrow = desk();
        const std::vector<Tensor> expected = outputs(wide, DType::F32);
        const std::vector<Tensor> actual = outputs(narrow, DType::BF16);
        ASSERT_EQ(actual.size(), expected.size());
        for (std::size_t i = 0; i < actual.size(); ++i)
            expectSame(narrow.read(actual[i]), wide.read(expected[i]), what + ", output " + std::to_string(i));
    }
};
INSTANTIATE_TEST_SUITE_P(Cpu, Bf16, ::testing::ValuesIn(instructionSets()), nameOfSet);

Values roundedToBf16(Values values)
{
    for (double& value : values)
        value = double(fromBf16(toBf16(static_cast<float>(value))));
    return values;
}

TEST(Bf16Values, RoundToTheNearestTiesToEven)
{
    EXPECT_EQ(toBf16(1.0f), 0x3f80);
    EXPECT_EQ(toBf16(1.0f + 0x1p-8f), 0x3f80);           // half a step above an even value
    EXPECT_EQ(toBf16(1.0f + 0x1p-7f + 0x1p-8f), 0x3f82); // half a step above an odd one
    EXPECT_EQ(toBf16(1.0f + 0x1p-8f + 0x1p-20f), 0x3f81);
    EXPECT_EQ(toBf16(std::numeric_limits<float>::max()), 0x7f80); // infinity is nearer
    EXPECT_TRUE(std::isnan(fromBf16(toBf16(std::bit_cast<float>(0x7f800001u)))));
    EXPECT_EQ(fromBf16(0xc040), -3.0f);
}

struct ProductShape {
    std::int64_t rows, in, out;
};

TEST_P(Bf16, ProductsAreThoseOfTheSameValuesInF32)
{
    for (const ProductShape& s : {ProductShape{1, 1, 1}, ProductShape{3, 17, 31}, ProductShape{14, 257, 64},
             ProductShape{225, 520, 70}, ProductShape{2, 1024, 100}}) {
        RandomValues random(3);
        const Values x = random.floats(s.rows * s.in);
        const Values w = roundedToBf16(random.floats(s.out * s.in));
        const Values dout = random.floats(s.rows * s.out);
        const Values bias = random.floats(s.out);
        const auto outputs = [&](Desk& d, DType type) {
            Weight weight = d.weight(s.out, s.in, w, Values(w.size(), 0.5), type);
            const Tensor out = d.poisoned(s.rows, s.out);
            const Tensor dx = d.poisoned(s.rows, s.in);
            d.backend().linear(out, d.tensor(s.rows, s.in, x), weight, d.tensor(1, s.out, bias));
            d.backend().linearBackwardInput(dx, d.tensor(s.rows, s.out, dout), weight);
            d.backend().linearBackwardWeight(weight, {}, d.tensor(s.rows, s.out, dout), d.tensor(s.rows, s.in, x));
            return std::vector<Tensor>{out, dx, weight.gradient};
        };
        expectSameOfBoth(outputs, std::to_string(s.rows) + " rows, " + std::to_string(s.in) + " terms");
    }
}

TEST_P(Bf16, GatedMlpIsThatOfTheSameValuesInF32)
{
    const std::int64_t rows = 33, channels = 31, inner = 129;
    RandomValues random(4);
    const Values up = roundedToBf16(random.floats(2 * inner * channels));
    const Values down = roundedToBf16(random.floats(inner * channels));
    const Values normed = random.floats(rows * channels);
    const Values dx = random.floats(rows * channels);
    const auto outputs = [&](Desk& d, DType type) {
        Weight gateUpWeight = d.weight(2 * inner, channels, up, Values(up.size(), 0.0), type);
        Weight downWeight = d.weight(channels, inner, down, Values(down.size(), 0.0), type);
        const Tensor x = d.tensor(rows, channels, normed);
        const Tensor gateUp = d.poisoned(rows, 2 * inner);
        const Tensor activated = d.poisoned(rows, inner);
        const Tensor dnormed = d.poisoned(rows, channels);
        const Tensor n = d.tensor(rows, channels, normed);
        d.backend().gatedMlp(x, gateUp, activated, n, gateUpWeight, downWeight);
        d.backend().gatedMlpBackward(dnormed, d.poisoned(rows, inner), gateUpWeight, downWeight,
            d.tensor(rows, channels, dx), gateUp, activated, n);
        return std::vector<Tensor>{x, dnormed, gateUpWeight.gradient, downWeight.gradient};
    };
    expectSameOfBoth(outputs, "gated MLP");
}

TEST_P(Bf16, EmbeddingAndHeadAreThoseOfTheSameValuesInF32)
{
    const std::int64_t vocabulary = 2100, channels = 37, rows = 5;
    RandomValues random(5);
    const Values table = roundedToBf16(random.floats(vocabulary * channels));
    const Values hidden = random.floats(rows * channels);
    const Values ids = {0, 1024, 7, 2099, 1023};
    const Values dlogProbs = random.floats(rows);
    const auto outputs = [&](Desk& d, DType type) {
        Weight head = d.weight(vocabulary, channels, table, Values(table.size(), 0.0), type);
        const Tensor embedded = d.poisoned(rows, channels, 3);
        d.backend().embedding(embedded, head.value, d.ids(ids));
        const Tensor logProbs = d.poisoned(1, rows), entropy = d.poisoned(1, rows), lse = d.poisoned(1, rows);
        const Tensor x = d.tensor(rows, channels, hidden);
        d.backend().lmHeadLogProbs(logProbs, entropy, lse, x, head, d.ids(ids), 0.7f);
        const Tensor dhidden = d.poisoned(rows, channels);
        d.backend().lmHeadLogProbsBackward(
            dhidden, head, d.tensor(1, rows, dlogProbs), {}, x, lse, entropy, d.ids(ids), 0.7f);
        DecodeState state = makeIdleState(d.backend(), {rows, 0, 1, 2, 2});
        d.backend().fill(state.remaining, 10.0f);
        d.backend().lmHeadSample(state, 0, x, head, {});
        const Tensor sampled = state.outLogProbs.rowRange(0, 1);
        const Tensor kept = d.tensor(1, rows, Values(std::size_t(rows), 0.0));
        d.backend().copy(kept, sampled);
        return std::vector<Tensor>{embedded, logProbs, entropy, lse, dhidden, head.gradient, kept};
    };
    expectSameOfBoth(outputs, "embedding and head");
}

TEST_P(Bf16, CommitRefreshesTheProducts)
{
    Desk d = desk();
    Weight weight = d.weight(1, 2, {1.0, 2.0}, {0.0, 0.0}, DType::BF16);
    const std::array<std::uint16_t, 2> changed{toBf16(3.0f), toBf16(-1.0f)};
    d.backend().upload(weight.value, changed.data());
    Weight* const weights[] = {&weight};
    d.backend().commit(weights);
    const Tensor out = d.poisoned(1, 1);
    d.backend().linear(out, d.tensor(1, 2, {10.0, 1.0}), weight, {});
    EXPECT_EQ(d.read(out)[0], 29.0f);
    const Tensor dx = d.poisoned(1, 2);
    d.backend().linearBackwardInput(dx, d.tensor(1, 1, {2.0}), weight);
    EXPECT_EQ(d.read(dx), (std::vector<float>{6.0f, -2.0f}));
}

// One AdamW step of weight decay alone on `count` values: each becomes 0.999 of itself before rounding.
std::vector<float> decayed(Desk& d, const Values& values, const AdamWOptions& options, bool eightBits = false)
{
    const auto count = static_cast<std::int64_t>(values.size());
    const Tensor value = d.bf16(1, count, values);
    const Tensor zeros = d.tensor(1, count, Values(values.size(), 0.0));
    const Tensor norm = d.tensor(1, 1, {0.0});
    if (!eightBits) {
        d.backend().adamW(value, zeros, d.tensor(1, count, Values(values.size(), 0.0)),
            d.tensor(1, count, Values(values.size(), 0.0)), norm, options);
        return d.read(value);
    }
    std::array<Buffer, 2> codes;
    std::array<QuantisedVector, 2> moments;
    for (std::size_t i = 0; i < 2; ++i) {
        codes[i] = d.backend().allocate(values.size());
        moments[i].codes = {codes[i].get(), DType::U8, 1, count, count};
        const std::int64_t blocks = QuantisedVector::blocks(count);
        moments[i].scales = d.tensor(1, blocks, Values(std::size_t(blocks), 0.0));
    }
    d.backend().adamW8bit(value, zeros, moments[0], moments[1], norm, options);
    return d.read(value);
}

constexpr AdamWOptions decay{.learningRate = 0.01f, .weightDecay = 0.1f, .step = 3, .roundingSeed = 0x123456789abcull};

TEST_P(Bf16, UpdatesAreRoundedUpOrDownWithTheShareThatMakesTheMeanExact)
{
    // 1 becomes 0.999, which is 0.256 of a step (2^-8) below it.
    Desk d = desk();
    constexpr std::size_t count = 100000;
    for (const bool eightBits : {false, true}) {
        std::map<float, std::size_t> counts;
        for (const float value : decayed(d, Values(count, 1.0), decay, eightBits))
            ++counts[value];
        ASSERT_EQ(counts.size(), 2u);
        EXPECT_EQ(counts.begin()->first, 1.0f - 0x1p-8f);
        EXPECT_EQ(counts.rbegin()->first, 1.0f);
        const double share = double(counts.begin()->second) / double(count);
        EXPECT_NEAR(share, 0.256, 4 * std::sqrt(0.256 * 0.744 / double(count)));
    }
}

TEST_P(Bf16, RoundingFollowsThePhiloxWordsOfItsPlace)
{
    Desk d = desk();
    RandomValues random(6);
    constexpr std::int64_t count = 1025; // no whole number of blocks
    const Values before = roundedToBf16(random.floats(count));
    const std::vector<float> after = decayed(d, before, decay);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t word = i % 64;
        const PhiloxCounter words
            = philox4x32({static_cast<std::uint32_t>(i / 128 * 16 + word / 4), 3, 0, 1}, {0x56789abc, 0x1234});
        const std::uint32_t noise = (words[std::size_t(word % 4)] >> (i % 128 < 64 ? 0 : 16)) & 0xffff;
        const float exact = float(before[std::size_t(i)]) * float(1.0 - double(0.01f) * double(0.1f));
        const std::uint32_t bits = std::bit_cast<std::uint32_t>(exact) + noise;
        ASSERT_EQ(after[std::size_t(i)], std::bit_cast<float>(bits & 0xffff0000u)) << i;
    }
}

TEST_P(Bf16, RoundingDependsOnSeedStepAndPlaceAlone)
{
    RandomValues random(7);
    const Values values = roundedToBf16(random.floats(70001));
    Desk one = desk(1);
    const std::vector<float> first = decayed(one, values, decay);
    for (const int threads : {2, 3}) {
        Desk d = desk(threads);
        expectSame(decayed(d, values, decay), first, std::to_string(threads) + " threads");
        expectSame(decayed(d, values, decay, true), first, "moments in 8 bits");
    }
    AdamWOptions other = decay;
    other.roundingSeed += 1;
    EXPECT_NE(decayed(one, values, other), first);
    other = decay;
    other.step += 1;
    EXPECT_NE(decayed(one, values, other), first);
}

TEST_P(Bf16, RoundingKeepsWhatIsExactAndWhatIsNotFinite)
{
    Desk d = desk();
    const double infinity = std::numeric_limits<double>::infinity();
    const Values values = {0.0, 1.0, -3.0, infinity, -infinity, 0x1p-130, std::nan("")};
    AdamWOptions still = decay;
    still.weightDecay = 0.0f;
    const std::vector<float> after = decayed(d, values, still);
    for (std::size_t i = 0; i + 1 < values.size(); ++i)
        EXPECT_EQ(after[i], float(values[i])) << i;
    EXPECT_TRUE(std::isnan(after.back()));
}

TEST_P(Bf16, AdamWUpdatesWhatFloatsWouldBeWithinAStep)
{
    Desk d = desk();
    RandomValues random(8);
    constexpr std::int64_t count = 1025;
    const Values values = roundedToBf16(random.floats(count));
    const Tensor gradient = d.tensor(1, count, random.floats(count));
    const Tensor norm = d.poisoned(1, 1);
    d.backend().sumOfSquares(norm, gradient);
    const AdamWOptions options{.learningRate = 0.05f, .weightDecay = 0.1f, .maxGradNorm = 1.0f, .roundingSeed = 9};
    std::array<std::vector<float>, 2> moments;
    std::array<std::vector<float>, 2> results;
    for (const bool narrow : {false, true}) {
        const Tensor value = narrow ? d.bf16(1, count, values) : d.tensor(1, count, values);
        const Tensor mean = d.tensor(1, count, Values(count, 0.0));
        const Tensor variance = d.tensor(1, count, Values(count, 0.0));
        d.backend().adamW(value, gradient, mean, variance, norm, options);
        results[narrow] = d.read(value);
        moments[narrow] = d.read(mean);
    }
    expectSame(moments[1], moments[0], "mean");
    for (std::size_t i = 0; i < count; ++i)
        ASSERT_LT(std::abs(results[1][i] - results[0][i]), 0x1p-7f * std::abs(results[0][i]) + 1e-38f) << i;
}

} // namespace
} // namespace ahascope::kernels
