#include "core/model/model_config.h"

#include <gtest/gtest.h>

namespace ahascope::model {
namespace {

ModelConfig qwenHalfBillion()
{
    ModelConfig config;
    config.vocabSize = 151936;
    config.hiddenSize = 896;
    config.intermediateSize = 4864;
    config.layers = 24;
    config.heads = 14;
    config.kvHeads = 2;
    config.headDim = 64;
    config.maxPositions = 32768;
    return config;
}

TEST(ModelConfig, CountsTheParametersOfKnownModels)
{
    // Qwen2.5-0.5B, as its model card and safetensors say.
    EXPECT_EQ(parameterCount(qwenHalfBillion()), 494'032'768);
    // Llama-3.2-1B
    ModelConfig llama;
    llama.family = Family::Llama;
    llama.vocabSize = 128256;
    llama.hiddenSize = 2048;
    llama.intermediateSize = 8192;
    llama.layers = 16;
    llama.heads = 32;
    llama.kvHeads = 8;
    llama.headDim = 64;
    llama.attentionBias = false;
    EXPECT_EQ(parameterCount(llama), 1'235'814'400);
}

TEST(ModelConfig, CountsTheNormsOfHeadsAndEveryBias)
{
    // Qwen3-0.6B: 596,049,920 parameters.
    ModelConfig qwen3;
    qwen3.family = Family::Qwen3;
    qwen3.vocabSize = 151936;
    qwen3.hiddenSize = 1024;
    qwen3.intermediateSize = 3072;
    qwen3.layers = 28;
    qwen3.heads = 16;
    qwen3.kvHeads = 8;
    qwen3.headDim = 128;
    qwen3.attentionBias = false;
    qwen3.qkNorm = true;
    EXPECT_EQ(parameterCount(qwen3), 596'049'920);
    ModelConfig biased = qwen3;
    biased.attentionBias = true;
    biased.outputBias = true;
    EXPECT_EQ(parameterCount(biased) - parameterCount(qwen3), 28 * (4096 + 1024));
}

TEST(ModelConfig, NamesTheFirstThingThatIsWrong)
{
    EXPECT_EQ(problemWith(qwenHalfBillion()), "");
    ModelConfig config = qwenHalfBillion();
    config.kvHeads = 3;
    EXPECT_EQ(problemWith(config), "num_key_value_heads is 3, it must divide num_attention_heads = 14");
    config = qwenHalfBillion();
    config.hiddenSize = 0;
    EXPECT_EQ(problemWith(config), "hidden_size is 0, it must be from 1 to 16777216");
    config = qwenHalfBillion();
    config.headDim = 5;
    EXPECT_NE(problemWith(config).find("even"), std::string::npos);
    config = qwenHalfBillion();
    config.layers = std::int64_t{1} << 60;
    EXPECT_NE(problemWith(config).find("num_hidden_layers"), std::string::npos);
    config = qwenHalfBillion();
    config.fullLayers = 25;
    EXPECT_EQ(problemWith(config), "max_window_layers is 25, the model has 24 layers");
    config = qwenHalfBillion();
    config.ropeScaling = {.type = RopeType::Linear, .factor = 0.5};
    EXPECT_EQ(problemWith(config), "rope_scaling: factor is 0.500000, it must lie between 1 and 10000");
    config.ropeScaling
        = {.type = RopeType::Llama3, .factor = 8.0, .originalPositions = 8192, .highFrequencyFactor = 1.0};
    EXPECT_NE(problemWith(config).find("high_freq_factor"), std::string::npos);
    config.ropeScaling = {.type = RopeType::Yarn, .factor = 4.0};
    EXPECT_NE(problemWith(config).find("original_max_position_embeddings"), std::string::npos);
    config.ropeScaling = {.type = RopeType::Dynamic, .factor = 1000.0};
    EXPECT_NE(problemWith(config).find("factor stretches the context"), std::string::npos);
}

} // namespace
} // namespace ahascope::model
