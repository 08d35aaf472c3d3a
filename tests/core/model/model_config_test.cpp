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
}

} // namespace
} // namespace ahascope::model
