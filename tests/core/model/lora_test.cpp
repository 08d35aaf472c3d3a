#include "core/model/lora.h"

#include <cmath>
#include <gtest/gtest.h>

#include "core/rollout/generator.h"
#include "tests/core/model/decoder_fixture.h"

namespace ahascope::model {
namespace {

using Ids = std::vector<std::int32_t>;

PackedBatch twoCompletions()
{
    PackedBatch batch;
    const std::size_t prompt = batch.addSequence(Ids{3, 17, 9});
    batch.addCompletion(prompt, Ids{5, 1, 30, 2});
    batch.addCompletion(prompt, Ids{8, 36, 0});
    return batch;
}

class LoraTest : public DecoderFixture {
protected:
    std::vector<float> logProbsOf(const Parameters& parameters)
    {
        const PackedBatch batch = twoCompletions();
        Decoder decoder(*backend, parameters.config(), capacityFor(batch, false));
        return DecoderFixture::logProbsOf(decoder, parameters, batch);
    }
};

TEST_F(LoraTest, CarriesTheNamesAndShapesOfPeft)
{
    const LoraConfig lora{.rank = 4, .alpha = 8, .rankStabilised = false, .targets = {"k_proj", "down_proj"}};
    const Parameters parameters(*backend, tinyConfig(), Gradients::None, lora);
    std::vector<std::string> names;
    std::int64_t count = 0;
    for (const NamedTensor& tensor : parameters.adapter()->tensors()) {
        names.push_back(tensor.name);
        count += tensor.count();
    }
    ASSERT_EQ(names.size(), 8U);
    EXPECT_EQ(names[0], "base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight");
    EXPECT_EQ(names[7], "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight");
    EXPECT_EQ(count, loraParameterCount(tinyConfig(), lora));
    EXPECT_EQ(count, 2 * (4 * (20 + 12) + 4 * (23 + 20)));
    const NamedTensor* b = parameters.adapter()->find("base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight");
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->rows, 12);
    EXPECT_EQ(b->columns, 4);
}

TEST_F(LoraTest, ScalesByTheRankOrItsRoot)
{
    EXPECT_FLOAT_EQ((LoraConfig{.rank = 16, .alpha = 32, .rankStabilised = false, .targets = {}}.scale()), 2.0f);
    EXPECT_FLOAT_EQ((LoraConfig{.rank = 16, .alpha = 32, .rankStabilised = true, .targets = {}}.scale()), 8.0f);
}

TEST_F(LoraTest, KeepsGradientsOfTheAdapterAlone)
{
    const Parameters parameters(*backend, tinyConfig(), Gradients::Kept, allLinear(3));
    EXPECT_TRUE(parameters.layer(0).qkv.gradient.empty());
    EXPECT_TRUE(parameters.embeddingGradient().empty());
    EXPECT_EQ(parameters.trained().flatGradients().count(), parameters.adapter()->count());
}

TEST_F(LoraTest, ChangesNothingAtFirstAndNothingWhenSwitchedOff)
{
    Parameters plain(*backend, tinyConfig(), Gradients::None);
    Parameters adapted(*backend, tinyConfig(), Gradients::Kept, allLinear(3));
    fillRandomly(plain, 1);
    fillRandomly(adapted, 1);
    adapted.initialiseAdapter(7);
    EXPECT_EQ(logProbsOf(adapted), logProbsOf(plain));
    fillAdapterRandomly(adapted, 2);
    EXPECT_NE(logProbsOf(adapted), logProbsOf(plain));
    {
        const AdapterOff off(adapted);
        EXPECT_EQ(logProbsOf(adapted), logProbsOf(plain));
    }
    EXPECT_NE(logProbsOf(adapted), logProbsOf(plain));
}

TEST_F(LoraTest, BeginsUniformlyWithinPeftsBound)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None, allLinear(64));
    parameters.initialiseAdapter(3);
    const double bound = 1 / std::sqrt(20.0);
    double largest = 0, squares = 0;
    const NamedTensor& a = *parameters.adapter()->find("base_model.model.model.layers.1.mlp.up_proj.lora_A.weight");
    std::vector<float> values(static_cast<std::size_t>(a.count()));
    parameters.adapter()->get(a, values);
    for (const float value : values) {
        largest = std::max(largest, std::abs(double{value}));
        squares += double{value} * value;
    }
    EXPECT_LE(largest, bound);
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(values.size())), bound / std::sqrt(3.0), 0.01); // 1280 values
    const NamedTensor& b = *parameters.adapter()->find("base_model.model.model.layers.1.mlp.up_proj.lora_B.weight");
    values.assign(static_cast<std::size_t>(b.count()), 1.0f);
    parameters.adapter()->get(b, values);
    EXPECT_EQ(values, std::vector<float>(values.size(), 0.0f));
}

TEST_F(LoraTest, MergesIntoTheWeights)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None, allLinear(3));
    fillRandomly(parameters, 1);
    fillAdapterRandomly(parameters, 2);
    const std::vector<float> before = logProbsOf(parameters);
    parameters.mergeAdapter();
    EXPECT_EQ(parameters.adapter(), nullptr);
    const std::vector<float> after = logProbsOf(parameters);
    for (std::size_t i = 0; i < before.size(); ++i)
        EXPECT_NEAR(after[i], before[i], 1e-4 * std::abs(before[i]));
}

TEST_F(LoraTest, GivesSamplerAndTrainerTheSameBits)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::Kept, allLinear(5));
    fillRandomly(parameters, 1);
    fillAdapterRandomly(parameters, 2);
    rollout::GenerationRequest request{.prompt = {3, 17, 9}, .keys = {11, 12}, .maxNewTokens = 20};
    rollout::Generator generator(*backend, parameters.config(), {.slots = 4, .maxPromptTokens = 8, .maxNewTokens = 20});
    const auto completions = generator.generate(parameters, std::span(&request, 1), {}).completions[0];
    PackedBatch batch;
    const std::size_t prompt = batch.addSequence(request.prompt);
    std::vector<float> sampled;
    for (const rollout::Completion& completion : completions) {
        batch.addCompletion(prompt, completion.tokens);
        sampled.insert(sampled.end(), completion.logProbs.begin(), completion.logProbs.end());
    }
    Decoder decoder(*backend, parameters.config(),
        {.tokens = batch.rows(), .outputs = batch.outputs(), .positions = 64, .training = true});
    std::vector<float> trained(sampled.size());
    decoder.forward(parameters, batch);
    decoder.logProbs(parameters, 1.0f, trained, {});
    EXPECT_EQ(trained, sampled);
}

} // namespace
} // namespace ahascope::model
