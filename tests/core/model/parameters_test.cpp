#include "core/model/parameters.h"

#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

#include "kernels/bf16.h"
#include "kernels/devices.h"
#include "tests/core/model/tiny_model.h"

namespace ahascope::model {
namespace {

std::vector<float> valuesOf(const Parameters& parameters, const std::string& name)
{
    const NamedTensor* tensor = parameters.find(name);
    if (!tensor)
        throw std::runtime_error("no tensor " + name);
    std::vector<float> values(static_cast<std::size_t>(tensor->count()));
    parameters.get(*tensor, values);
    return values;
}

class ParametersTest : public testing::Test {
protected:
    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 1});
};

TEST_F(ParametersTest, CarryTheNamesAndShapesOfHuggingFace)
{
    const ModelConfig config = tinyConfig();
    const Parameters parameters(*backend, config, Gradients::None);
    std::int64_t count = 0;
    for (const NamedTensor& tensor : parameters.tensors())
        count += tensor.count();
    EXPECT_EQ(count, parameterCount(config));
    EXPECT_EQ(parameters.tensors().size(), 1U + 2 * 12 + 1);
    const NamedTensor* keys = parameters.find("model.layers.1.self_attn.k_proj.weight");
    ASSERT_NE(keys, nullptr);
    EXPECT_EQ(keys->rows, 12);
    EXPECT_EQ(keys->columns, 20);
    EXPECT_FALSE(keys->vector);
    EXPECT_TRUE(parameters.find("model.norm.weight")->vector);
    EXPECT_EQ(parameters.find("lm_head.weight"), nullptr);
}

TEST_F(ParametersTest, HaveAHeadOfTheirOwnWhenUntiedAndNoBiasInLlama)
{
    ModelConfig config = tinyConfig();
    config.tieEmbeddings = false;
    config.attentionBias = false;
    const Parameters parameters(*backend, config, Gradients::None);
    EXPECT_NE(parameters.find("lm_head.weight"), nullptr);
    EXPECT_EQ(parameters.find("model.layers.0.self_attn.q_proj.bias"), nullptr);
    EXPECT_NE(parameters.head().value.data, parameters.embedding().data);
    EXPECT_TRUE(parameters.layer(0).qkvBias.value.empty());
}

TEST_F(ParametersTest, HaveNormsOfHeadsAndABiasBehindAttentionWhereTheConfigSaysSo)
{
    const ModelConfig config = tinyConfigWithOptions();
    Parameters parameters(*backend, config, Gradients::None);
    std::int64_t count = 0;
    for (const NamedTensor& tensor : parameters.tensors())
        count += tensor.count();
    EXPECT_EQ(count, parameterCount(config));
    for (const char* name : {"q_norm.weight", "k_norm.weight"})
        EXPECT_EQ(parameters.find(std::string("model.layers.1.self_attn.") + name)->columns, 6);
    EXPECT_EQ(parameters.find("model.layers.1.self_attn.o_proj.bias")->columns, 20);
    parameters.initialise(1);
    EXPECT_EQ(valuesOf(parameters, "model.layers.0.self_attn.k_norm.weight"), std::vector<float>(6, 1.0f));
}

TEST_F(ParametersTest, KeepFusedMatricesTogetherUnderTheirOwnNames)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None);
    const NamedTensor* values = parameters.find("model.layers.0.self_attn.v_proj.weight");
    std::vector<float> written(static_cast<std::size_t>(values->count()));
    for (std::size_t i = 0; i < written.size(); ++i)
        written[i] = static_cast<float>(i);
    parameters.set(*values, written);
    EXPECT_EQ(valuesOf(parameters, values->name), written);
    const kernels::Tensor fused = parameters.layer(0).qkv.value;
    EXPECT_EQ(fused.rows, 36 + 12 + 12);
    EXPECT_EQ(fused.f32()[48 * 20], 0.0f);
    EXPECT_EQ(fused.f32()[48 * 20 + 1], 1.0f);
    EXPECT_EQ(valuesOf(parameters, "model.layers.0.self_attn.k_proj.weight").back(), 0.0f);
}

TEST_F(ParametersTest, RefuseASpanOfAnotherSize)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::None);
    std::vector<float> tooShort(3);
    EXPECT_THROW(parameters.get(parameters.tensors().front(), tooShort), std::logic_error);
    EXPECT_THROW(parameters.set(parameters.tensors().front(), tooShort), std::logic_error);
    EXPECT_THROW(parameters.getGradient(parameters.tensors().front(), tooShort), std::logic_error);
}

TEST_F(ParametersTest, BeginRandomlyTheSameForEverySeed)
{
    Parameters one(*backend, tinyConfig(), Gradients::None);
    Parameters two(*backend, tinyConfig(), Gradients::None);
    one.initialise(5);
    two.initialise(5);
    const std::string up = "model.layers.0.mlp.up_proj.weight";
    EXPECT_EQ(valuesOf(one, up), valuesOf(two, up));
    two.initialise(6);
    EXPECT_NE(valuesOf(one, up), valuesOf(two, up));
    EXPECT_NE(valuesOf(one, up), valuesOf(one, "model.layers.1.mlp.up_proj.weight"));
    EXPECT_EQ(valuesOf(one, "model.norm.weight"), std::vector<float>(20, 1.0f));
    EXPECT_EQ(valuesOf(one, "model.layers.0.self_attn.q_proj.bias"), std::vector<float>(36, 0.0f));
}

TEST_F(ParametersTest, BeginWithTheDeviationsOfGpt2)
{
    ModelConfig config = tinyConfig();
    config.vocabSize = 2000;
    config.intermediateSize = 2000;
    config.layers = 8;
    Parameters parameters(*backend, config, Gradients::None);
    parameters.initialise(1);
    const auto deviation = [&](const std::string& name) {
        double sum = 0;
        double squares = 0;
        const std::vector<float> values = valuesOf(parameters, name);
        for (const float value : values) {
            sum += value;
            squares += double{value} * value;
        }
        EXPECT_NEAR(sum / static_cast<double>(values.size()), 0, 5e-4);
        return std::sqrt(squares / static_cast<double>(values.size()));
    };
    EXPECT_NEAR(deviation("model.embed_tokens.weight"), 0.02, 3e-4);               // 40000 values
    EXPECT_NEAR(deviation("model.layers.3.mlp.down_proj.weight"), 0.02 / 4, 1e-4); // sqrt(2 * 8) = 4
}

TEST_F(ParametersTest, MixWithOthers)
{
    Parameters one(*backend, tinyConfig(), Gradients::None);
    Parameters two(*backend, tinyConfig(), Gradients::None);
    fillRandomly(one, 1);
    fillRandomly(two, 2);
    const std::string name = "model.layers.0.self_attn.o_proj.weight";
    const float before = valuesOf(one, name)[7];
    const float other = valuesOf(two, name)[7];
    one.mixFrom(two, 0.25f);
    EXPECT_FLOAT_EQ(valuesOf(one, name)[7], 0.75f * before + 0.25f * other);
    one.mixFrom(two);
    EXPECT_EQ(valuesOf(one, name), valuesOf(two, name));
}

TEST_F(ParametersTest, KeepTheNearestValuesOfMatricesInBf16AndNormsAndBiasesAsTheyAre)
{
    Parameters wide(*backend, tinyConfigWithOptions(), Gradients::None);
    Parameters narrow(*backend, tinyConfigWithOptions(), Gradients::None, std::nullopt, kernels::DType::BF16);
    fillRandomly(wide, 1);
    fillRandomly(narrow, 1);
    EXPECT_EQ(narrow.base().bytes().bytes(),
        2 * static_cast<std::size_t>(narrow.base().matrices().count())
            + 4 * static_cast<std::size_t>(narrow.base().vectors().count()));
    for (const NamedTensor& tensor : wide.tensors()) {
        std::vector<float> expected = valuesOf(wide, tensor.name);
        if (!tensor.vector)
            for (float& value : expected)
                value = kernels::fromBf16(kernels::toBf16(value));
        EXPECT_EQ(valuesOf(narrow, tensor.name), expected) << tensor.name;
    }
}

TEST_F(ParametersTest, AreMixedAcrossTypes)
{
    Parameters wide(*backend, tinyConfig(), Gradients::None);
    Parameters narrow(*backend, tinyConfig(), Gradients::None, std::nullopt, kernels::DType::BF16);
    fillRandomly(narrow, 2);
    wide.mixFrom(narrow);
    for (const NamedTensor& tensor : wide.tensors())
        EXPECT_EQ(valuesOf(wide, tensor.name), valuesOf(narrow, tensor.name)) << tensor.name;
}

TEST_F(ParametersTest, PutMatricesBeforeNormsAndBiasesWithZerosBetween)
{
    Parameters parameters(*backend, tinyConfig(), Gradients::Kept);
    fillRandomly(parameters, 3);
    double flat = 0;
    for (const kernels::Tensor& values : {parameters.trained().matrices(), parameters.trained().vectors()})
        for (std::int64_t i = 0; i < values.count(); ++i)
            flat += std::abs(values.f32()[i]);
    double named = 0;
    for (const NamedTensor& tensor : parameters.tensors()) {
        EXPECT_EQ(tensor.vector, tensor.offset >= parameters.trained().matrices().count()) << tensor.name;
        for (const float value : valuesOf(parameters, tensor.name))
            named += std::abs(value);
    }
    EXPECT_NEAR(flat, named, 1e-6 * named);
    EXPECT_EQ(parameters.trained().matrices().count() % 16, 0);
}

} // namespace
} // namespace ahascope::model
