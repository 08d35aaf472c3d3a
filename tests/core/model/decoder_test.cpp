#include "core/model/decoder.h"

#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

#include "tests/core/model/decoder_fixture.h"

namespace ahascope::model {
namespace {

using Ids = std::vector<std::int32_t>;

// Two groups with shared prompts and a text on its own.
PackedBatch mixedBatch()
{
    PackedBatch batch;
    const std::size_t first = batch.addSequence(Ids{3, 17, 9});
    batch.addCompletion(first, Ids{5, 1, 30, 2});
    batch.addCompletion(first, Ids{8});
    batch.addCompletion(first, Ids{8, 36, 0});
    const std::size_t second = batch.addSequence(Ids{11});
    batch.addCompletion(second, Ids{12, 13, 12, 13, 12});
    return batch;
}

using DecoderTest = DecoderFixture;

TEST_F(DecoderTest, GivesASharedPromptTheBitsOfOneComputedForEachSample)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None);
    fillRandomly(parameters, 1);
    const Ids prompt{3, 17, 9, 4, 4};
    const Ids completions[] = {{5, 1, 30, 2}, {8, 36, 0}};
    PackedBatch shared, alone, plain;
    const std::size_t first = shared.addSequence(prompt);
    for (const Ids& completion : completions) {
        shared.addCompletion(first, completion);
        alone.addCompletion(alone.addSequence(prompt), completion);
        Ids text = prompt;
        text.insert(text.end(), completion.begin(), completion.end());
        const std::int64_t begin = plain.rows();
        plain.addSequence(std::span(text).first(text.size() - 1));
        for (std::size_t i = prompt.size(); i < text.size(); ++i)
            plain.addOutput(begin + static_cast<std::int64_t>(i) - 1, text[i]);
    }
    Decoder decoder(*backend, parameters.config(), capacityFor(alone, false));
    const std::vector<float> result = logProbsOf(decoder, parameters, shared);
    EXPECT_EQ(result, logProbsOf(decoder, parameters, alone));
    // As one run of rows the sums of attention are cut elsewhere.
    const std::vector<float> asOneRun = logProbsOf(decoder, parameters, plain);
    for (std::size_t i = 0; i < result.size(); ++i)
        EXPECT_NEAR(result[i], asOneRun[i], 1e-5);
}

TEST_F(DecoderTest, GivesTheSameBitsWhetherItKeepsActivationsOrNot)
{
    for (const ModelConfig& config : {tinyConfig(), tinyConfigWithOptions()}) {
        Parameters parameters(*backend, config, Gradients::None);
        fillRandomly(parameters, 2);
        const PackedBatch batch = mixedBatch();
        Decoder keeps(*backend, config, capacityFor(batch, true));
        Decoder forgets(*backend, config, capacityFor(batch, false));
        EXPECT_EQ(logProbsOf(keeps, parameters, batch), logProbsOf(forgets, parameters, batch));
    }
}

TEST_F(DecoderTest, LooksNoFurtherThanItsWindowsReach)
{
    ModelConfig config = tinyConfig(); // two layers
    config.slidingWindow = 3;
    Parameters parameters(*backend, config, Gradients::None);
    fillRandomly(parameters, 3);
    const auto last = [&](const Ids& text) {
        PackedBatch batch;
        batch.addSequence(text);
        batch.addOutput(batch.rows() - 1, 1);
        Decoder decoder(*backend, config, capacityFor(batch, false));
        return logProbsOf(decoder, parameters, batch).front();
    };
    // Two windows of 3 reach 4 tokens back.
    const float expected = last({9, 2, 3, 4, 5, 6});
    EXPECT_EQ(last({30, 2, 3, 4, 5, 6}), expected);
    EXPECT_NE(last({9, 30, 3, 4, 5, 6}), expected);
}

TEST_F(DecoderTest, CountsOnlyTheWorkInsideAWindow)
{
    ModelConfig config = tinyConfig();
    const auto flops = [&] {
        const auto plan = kernels::makePlanBackend();
        const Parameters parameters(*plan, config, Gradients::None);
        PackedBatch batch;
        batch.addSequence(Ids{1, 2, 3, 4, 5, 6});
        Decoder decoder(*plan, config, capacityFor(batch, false));
        decoder.forward(parameters, batch);
        return plan->totals().at("attention").cost.flops;
    };
    const double perPair = 4.0 * 36; // query width
    EXPECT_EQ(flops(), 2 * 21 * perPair);
    config.slidingWindow = 2;
    EXPECT_EQ(flops(), 2 * 11 * perPair);
    config.fullLayers = 1;
    EXPECT_EQ(flops(), (21 + 11) * perPair);
}

TEST_F(DecoderTest, LooksOnlyBack)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None);
    fillRandomly(parameters, 3);
    const auto score = [&](const Ids& text) {
        PackedBatch batch;
        batch.addSequence(text);
        for (std::size_t i = 1; i < text.size(); ++i)
            batch.addOutput(static_cast<std::int64_t>(i) - 1, text[i]);
        Decoder decoder(*backend, parameters.config(), capacityFor(batch, false));
        return logProbsOf(decoder, parameters, batch);
    };
    const std::vector<float> one = score({1, 2, 3, 4, 5, 6});
    const std::vector<float> two = score({1, 2, 3, 4, 30, 31});
    EXPECT_TRUE(std::equal(one.begin(), one.begin() + 3, two.begin()));
    EXPECT_NE(one[3], two[3]);
}

TEST_F(DecoderTest, RefusesBatchesBeyondItsCapacityAndUnknownTokens)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None);
    Decoder decoder(*backend, parameters.config(), {.tokens = 4, .outputs = 1, .positions = 4, .training = false});
    PackedBatch tooLong;
    tooLong.addSequence(Ids{1, 2, 3, 4, 5});
    EXPECT_THROW(decoder.forward(parameters, tooLong), std::logic_error);
    PackedBatch unknown;
    unknown.addSequence(Ids{1, 37});
    EXPECT_THROW(decoder.forward(parameters, unknown), std::logic_error);
    EXPECT_THROW(decoder.forward(parameters, PackedBatch{}), std::logic_error);
    EXPECT_THROW(Decoder(*backend, tinyConfig(), {.tokens = 4, .outputs = 1, .positions = 257, .training = false}),
        std::logic_error);
}

// A scalar of everything a batch says: sum over outputs of a * log p + b * entropy.
enum class Variant { Tied, Separate, WithOptions };

class DecoderGradient : public DecoderTest, public testing::WithParamInterface<Variant> {
protected:
    static ModelConfig configOf(Variant variant)
    {
        ModelConfig config = variant == Variant::WithOptions ? tinyConfigWithOptions() : tinyConfig();
        config.tieEmbeddings = variant == Variant::Tied;
        config.attentionBias = variant != Variant::Separate;
        return config;
    }

    static double weight(std::size_t i, bool entropy)
    {
        return std::sin(1.0 + 0.7 * static_cast<double>(i) + (entropy ? 0.4 : 0.0)) * (entropy ? 0.5 : 1.0);
    }

    double objective(Decoder& decoder, const Parameters& parameters, const PackedBatch& batch)
    {
        std::vector<float> logProbs(static_cast<std::size_t>(batch.outputs()));
        std::vector<float> entropies(logProbs.size());
        decoder.forward(parameters, batch);
        decoder.logProbs(parameters, 0.9f, logProbs, entropies);
        double sum = 0;
        for (std::size_t i = 0; i < logProbs.size(); ++i)
            sum += weight(i, false) * logProbs[i] + weight(i, true) * entropies[i];
        return sum;
    }
};

// Finite differences in fp32 along a random direction of one tensor at a time: with gradient g and direction d the
// slope is g . d, which is large enough to be seen above the rounding of the forward pass.
TEST_P(DecoderGradient, IsTheSlopeOfTheWholeModelInEveryTensor)
{
    const ModelConfig config = configOf(GetParam());
    Parameters parameters(*backend, config, Gradients::Kept);
    fillRandomly(parameters, 4);
    const PackedBatch batch = mixedBatch();
    Decoder decoder(*backend, config, capacityFor(batch, true));
    std::vector<float> dLogProbs, dEntropies;
    for (std::size_t i = 0; i < batch.targets.size(); ++i) {
        dLogProbs.push_back(static_cast<float>(weight(i, false)));
        dEntropies.push_back(static_cast<float>(weight(i, true)));
    }
    objective(decoder, parameters, batch);
    parameters.clearGradients();
    decoder.backward(parameters, dLogProbs, dEntropies);

    for (const NamedTensor& tensor : parameters.tensors()) {
        const auto size = static_cast<std::size_t>(tensor.count());
        std::vector<float> gradient(size), values(size), moved(size);
        parameters.getGradient(tensor, gradient);
        parameters.get(tensor, values);
        double slope = 0;
        double norm = 0;
        for (const float g : gradient)
            norm += double{g} * g;
        ASSERT_GT(norm, 0) << tensor.name;
        // Half along the gradient, half somewhere else.
        std::vector<double> direction(size);
        for (std::size_t i = 0; i < size; ++i) {
            direction[i] = gradient[i] / std::sqrt(norm) + 0.1 * std::cos(3.0 * static_cast<double>(i));
            slope += direction[i] * gradient[i];
        }
        const auto at = [&](double step) {
            for (std::size_t i = 0; i < size; ++i)
                moved[i] = static_cast<float>(values[i] + step * direction[i]);
            parameters.set(tensor, moved);
            parameters.commit();
            return objective(decoder, parameters, batch);
        };
        const double h = 4e-3;
        // Central differences of fourth order.
        const double measured = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        at(0);
        EXPECT_NEAR(measured, slope, 4e-3 * std::abs(slope) + 2e-3) << tensor.name;
    }
}

TEST_P(DecoderGradient, HasTheSameBitsForMatricesInBf16AsForTheirValuesInF32)
{
    const ModelConfig config = configOf(GetParam());
    const PackedBatch batch = mixedBatch();
    const std::vector<float> dLogProbs(batch.targets.size(), 0.25f);
    Parameters narrow(*backend, config, Gradients::Kept, std::nullopt, kernels::DType::BF16);
    fillRandomly(narrow, 6);
    Parameters wide(*backend, config, Gradients::Kept);
    wide.mixFrom(narrow);
    Decoder decoder(*backend, config, capacityFor(batch, true));
    std::vector<std::vector<float>> gradients;
    std::vector<double> objectives;
    for (Parameters* parameters : {&wide, &narrow}) {
        objectives.push_back(objective(decoder, *parameters, batch));
        decoder.backward(*parameters, dLogProbs, {});
        const kernels::Tensor flat = parameters->trained().flatGradients();
        gradients.emplace_back(static_cast<std::size_t>(flat.count()));
        backend->download(gradients.back().data(), flat);
    }
    EXPECT_EQ(objectives[0], objectives[1]);
    EXPECT_EQ(gradients[0], gradients[1]);
}

TEST_P(DecoderGradient, HasTheSameBitsWhenLayersAreComputedAgain)
{
    ModelConfig config = configOf(GetParam());
    config.layers = 8;
    const PackedBatch batch = mixedBatch();
    const std::vector<float> dLogProbs(batch.targets.size(), 0.25f);
    std::vector<std::vector<float>> gradients;
    std::vector<std::size_t> bytes;
    for (const bool checkpointing : {false, true}) {
        Parameters parameters(*backend, config, Gradients::Kept);
        fillRandomly(parameters, 6);
        DecoderCapacity capacity = capacityFor(batch, true);
        capacity.checkpointing = checkpointing;
        const std::size_t before = backend->bytesInUse();
        Decoder decoder(*backend, config, capacity);
        bytes.push_back(backend->bytesInUse() - before);
        for (int pass = 0; pass < 2; ++pass) {
            objective(decoder, parameters, batch);
            decoder.backward(parameters, dLogProbs, {});
        }
        const kernels::Tensor flat = parameters.trained().flatGradients();
        gradients.emplace_back(static_cast<std::size_t>(flat.count()));
        backend->download(gradients.back().data(), flat);
    }
    EXPECT_EQ(gradients[0], gradients[1]);
    EXPECT_LT(bytes[1], bytes[0] / 2);
}

TEST_P(DecoderGradient, AddsUpOverPasses)
{
    const ModelConfig config = configOf(GetParam());
    Parameters parameters(*backend, config, Gradients::Kept);
    fillRandomly(parameters, 5);
    const PackedBatch batch = mixedBatch();
    Decoder decoder(*backend, config, capacityFor(batch, true));
    const std::vector<float> dLogProbs(batch.targets.size(), 0.25f);
    const auto pass = [&] {
        objective(decoder, parameters, batch);
        decoder.backward(parameters, dLogProbs, {});
    };
    parameters.clearGradients();
    pass();
    std::vector<float> once, twice;
    for (const NamedTensor& tensor : parameters.tensors()) {
        std::vector<float> part(static_cast<std::size_t>(tensor.count()));
        parameters.getGradient(tensor, part);
        once.insert(once.end(), part.begin(), part.end());
    }
    pass();
    for (const NamedTensor& tensor : parameters.tensors()) {
        std::vector<float> part(static_cast<std::size_t>(tensor.count()));
        parameters.getGradient(tensor, part);
        twice.insert(twice.end(), part.begin(), part.end());
    }
    double difference = 0;
    double largest = 0;
    for (std::size_t i = 0; i < once.size(); ++i) {
        difference = std::max(difference, std::abs(double{twice[i]} - 2 * double{once[i]}));
        largest = std::max(largest, std::abs(double{once[i]}));
    }
    EXPECT_LT(difference, 1e-5 * largest);
    EXPECT_GT(largest, 0);
}

INSTANTIATE_TEST_SUITE_P(Variants, DecoderGradient,
    testing::Values(Variant::Tied, Variant::Separate, Variant::WithOptions), [](const auto& info) {
        return info.param == Variant::Tied ? "Tied" : info.param == Variant::Separate ? "Separate" : "WithOptions";
    });

} // namespace
} // namespace ahascope::model
