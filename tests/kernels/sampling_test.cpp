#include "kernels/cpu/sampling.h"

#include <algorithm>
#include <numeric>

#include "kernels/cpu/tables.h"
#include "kernels/philox.h"
#include "tests/kernels/kernel_fixture.h"

namespace ahascope::kernels {
namespace {

class Sampling : public ::testing::TestWithParam<InstructionSet> {
protected:
    const LmHeadKernels& kernels() const { return lmHeadKernelsOf(GetParam()); }

    std::vector<float> weightsOf(const std::vector<float>& logits, const SamplingOptions& options) const
    {
        std::vector<float> weights(logits.size(), std::nanf(""));
        restrictWeights(kernels(), weights.data(), logits.data(), static_cast<std::int64_t>(logits.size()), options);
        return weights;
    }

    std::vector<std::size_t> kept(const std::vector<float>& logits, const SamplingOptions& options) const
    {
        const std::vector<float> weights = weightsOf(logits, options);
        std::vector<std::size_t> result;
        for (std::size_t v = 0; v < weights.size(); ++v) {
            if (weights[v] != 0.0f)
                result.push_back(v);
        }
        return result;
    }
};

// By sorting, in double.
std::vector<std::size_t> naiveKept(const std::vector<float>& logits, const SamplingOptions& options)
{
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    if (options.topK > 0 && static_cast<std::size_t>(options.topK) < order.size())
        order.resize(static_cast<std::size_t>(options.topK));
    const auto weight = [&](std::size_t v) { return std::exp(double(logits[v]) / double(options.temperature)); };
    double total = 0;
    for (const std::size_t v : order)
        total += weight(v);
    double sum = 0;
    std::size_t count = 0;
    while (count < order.size() && (options.topP >= 1.0f || sum < double(options.topP) * total))
        sum += weight(order[count++]);
    order.resize(count);
    std::sort(order.begin(), order.end());
    return order;
}

TEST_P(Sampling, KeepsTheTopKAndOfThoseTheTopP)
{
    for (const std::int64_t vocabulary : {3, 17, 256, 1025, 5000}) {
        const Values values = RandomValues(static_cast<std::uint32_t>(vocabulary)).floats(vocabulary, 7.0);
        const std::vector<float> logits(values.begin(), values.end());
        for (const std::int32_t topK : {0, 1, 2, 16, 50, 255, 4000}) {
            for (const float topP : {1.0f, 0.99f, 0.9f, 0.5f, 0.1f, 0.001f}) {
                const SamplingOptions options{.temperature = 0.7f, .topK = topK, .topP = topP};
                EXPECT_EQ(kept(logits, options), naiveKept(logits, options))
                    << vocabulary << " tokens, top k " << topK << ", top p " << topP;
            }
        }
    }
}

TEST_P(Sampling, KeepsTheLowerIdsOfEqualLogits)
{
    const std::vector<float> logits = {1, 3, 2, 3, 2, 2, 0, 2};
    EXPECT_EQ(kept(logits, {.topK = 1}), (std::vector<std::size_t>{1}));
    EXPECT_EQ(kept(logits, {.topK = 4}), (std::vector<std::size_t>{1, 2, 3, 4}));
    const std::vector<float> equal(8, -2.5f);
    EXPECT_EQ(kept(equal, {.topK = 3}), (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(kept(equal, {.topP = 0.5f}), (std::vector<std::size_t>{0, 1, 2, 3}));
    EXPECT_EQ(kept(equal, {.topP = 0.55f}), (std::vector<std::size_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(kept(equal, {.topK = 4, .topP = 0.5f}), (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(kept(equal, {.topP = 1e-6f}), (std::vector<std::size_t>{0}));
}

TEST_P(Sampling, WorksWithZerosOfBothSignsAndInfinities)
{
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(kept({-0.0f, 0.0f, -1.0f}, {.topK = 1}), (std::vector<std::size_t>{0}));
    EXPECT_EQ(kept({-infinity, 0.0f, -infinity}, {.topK = 2, .topP = 0.9f}), (std::vector<std::size_t>{1}));
}

TEST_P(Sampling, WeighsWhatIsKeptByTheTemperature)
{
    const std::vector<float> weights = weightsOf({1.0f, 0.0f, -1.0f, 0.5f}, {.temperature = 0.5f, .topK = 3});
    expectClose(weights, {1.0, std::exp(-2.0), 0.0, std::exp(-1.0)}, 1e-6, "weights");
}

TEST(SamplingOptions, AreRestrictedOnlyByATopKBelowTheVocabularyOrATopPBelow1)
{
    EXPECT_FALSE(isRestricted({}, 100));
    EXPECT_FALSE(isRestricted({.topK = 100}, 100));
    EXPECT_TRUE(isRestricted({.topK = 99}, 100));
    EXPECT_TRUE(isRestricted({.topP = 0.999f}, 100));
}

TEST_P(Sampling, ItsNoiseIsPhilox)
{
    const PhiloxKey key = {0xdeadbeef, 17};
    for (const std::int64_t first : {0, 64, 3072}) {
        std::vector<float> numbers(301, -1.0f);
        kernels().exponentials(numbers.data(), 299, first, 12345, key.data());
        Values expected;
        for (std::int64_t v = 0; v < 299; ++v) {
            const auto counter = static_cast<std::uint32_t>((first + v) / 4);
            const PhiloxCounter words = philox4x32({counter, 12345, 0, 0}, key);
            expected.push_back(exponentialFromBits(words[static_cast<std::size_t>(v % 4)]));
        }
        for (std::size_t v = 0; v < 299; ++v)
            ASSERT_NEAR(double(numbers[v]) / expected[v], 1.0, 3e-7) << v;
        EXPECT_EQ(numbers[299], -1.0f) << "behind the end";
    }
}

TEST_P(Sampling, ItsNoiseIsExponentiallyDistributed)
{
    // The share of numbers below x is 1 - exp(-x); the largest distance of the shares (Kolmogorov-Smirnov) stays below
    // 1.95 / sqrt(n) in 999 of 1000 cases.
    const PhiloxKey key = {1, 2};
    std::vector<float> numbers(200000);
    kernels().exponentials(numbers.data(), static_cast<std::int64_t>(numbers.size()), 0, 0, key.data());
    std::sort(numbers.begin(), numbers.end());
    double farthest = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double share = double(i) / double(numbers.size());
        farthest = std::max(farthest, std::abs(share - (1.0 - std::exp(-double(numbers[i])))));
    }
    EXPECT_LT(farthest, 1.95 / std::sqrt(double(numbers.size())));
    EXPECT_GT(numbers.front(), 0.0f);
}

TEST_P(Sampling, TheRaceIsWonByTheLargestRatioAndNeverByWeight0)
{
    const PhiloxKey key = {3, 4};
    Values values = RandomValues(9).floats(1000);
    std::vector<float> weights(values.begin(), values.end());
    for (float& weight : weights)
        weight = std::max(weight, 0.0f);
    for (std::uint32_t position = 0; position < 50; ++position) {
        const Draw draw = kernels().draw(weights.data(), 1000, 0, position, key.data());
        double best = 0;
        std::int64_t winner = -1;
        for (std::uint32_t v = 0; v < 1000; ++v) {
            const PhiloxCounter words = philox4x32({v / 4, position, 0, 0}, key);
            const double ratio = double(weights[v]) / exponentialFromBits(words[v % 4]);
            if (ratio > best) {
                best = ratio;
                winner = v;
            }
        }
        EXPECT_EQ(draw.token, winner);
        EXPECT_NEAR(double(draw.ratio) / best, 1.0, 1e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, Sampling, ::testing::ValuesIn(instructionSets()), nameOfSet);

} // namespace
} // namespace ahascope::kernels
