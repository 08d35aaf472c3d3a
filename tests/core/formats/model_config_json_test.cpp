#include "core/formats/model_config_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/problem.h"

namespace ahascope::formats {
namespace {

using model::Family;
using model::ModelConfig;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

// As transformers 4 writes it.
json qwen2()
{
    return {{"architectures", {"Qwen2ForCausalLM"}}, {"model_type", "qwen2"}, {"vocab_size", 151936},
        {"hidden_size", 896}, {"intermediate_size", 4864}, {"num_hidden_layers", 24}, {"num_attention_heads", 14},
        {"num_key_value_heads", 2}, {"max_position_embeddings", 32768}, {"rms_norm_eps", 1e-6},
        {"rope_theta", 1000000.0}, {"hidden_act", "silu"}, {"tie_word_embeddings", true}, {"use_sliding_window", false},
        {"sliding_window", 32768}, {"attention_dropout", 0.0}, {"torch_dtype", "bfloat16"}, {"use_mrope", false}};
}

ModelConfig parsed(const json& file)
{
    return parseModelConfig(file.dump(), "config.json");
}

std::string refusal(const std::string& key, const json& value)
{
    json file = qwen2();
    file[key] = value;
    try {
        parsed(file);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

TEST(ModelConfigJson, ReadsQwen2AsTransformers4WritesIt)
{
    const ModelConfig config = parsed(qwen2());
    EXPECT_EQ(config.family, Family::Qwen2);
    EXPECT_EQ(config.vocabSize, 151936);
    EXPECT_EQ(config.headDim, 64);
    EXPECT_EQ(config.kvHeads, 2);
    EXPECT_EQ(config.ropeTheta, 1e6f);
    EXPECT_EQ(config.rmsNormEpsilon, 1e-6f);
    EXPECT_TRUE(config.attentionBias);
    EXPECT_TRUE(config.tieEmbeddings);
}

TEST(ModelConfigJson, ReadsLlamaAsTransformers5WritesIt)
{
    const ModelConfig config = parsed({{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"},
        {"vocab_size", 32000}, {"hidden_size", 64}, {"intermediate_size", 128}, {"num_hidden_layers", 2},
        {"num_attention_heads", 4}, {"head_dim", 32}, {"attention_bias", false}, {"mlp_bias", false},
        {"rope_parameters", {{"rope_theta", 500000.0}, {"rope_type", "default"}}}, {"dtype", "float32"}});
    EXPECT_EQ(config.family, Family::Llama);
    EXPECT_EQ(config.kvHeads, 4); // as many as heads where nothing is said
    EXPECT_EQ(config.headDim, 32);
    EXPECT_EQ(config.ropeTheta, 500000.0f);
    EXPECT_EQ(config.maxPositions, 2048);
    EXPECT_FALSE(config.attentionBias);
    EXPECT_FALSE(config.tieEmbeddings);
}

TEST(ModelConfigJson, GivesBackWhatItWrites)
{
    ModelConfig config = parsed(qwen2());
    EXPECT_EQ(parseModelConfig(modelConfigJson(config, TensorType::BF16), "x"), config);
    config.family = Family::Llama;
    config.attentionBias = false;
    config.tieEmbeddings = false;
    config.headDim = 96;
    config.rmsNormEpsilon = 1e-5f;
    const std::string text = modelConfigJson(config, TensorType::F32);
    EXPECT_EQ(parseModelConfig(text, "x"), config);
    EXPECT_THAT(text, AllOf(HasSubstr("\"rms_norm_eps\": 1e-05,"), HasSubstr("\"torch_dtype\": \"float32\"")));
}

TEST(ModelConfigJson, KeepsTheOtherKeysOfTheOriginal)
{
    const json written = json::parse(modelConfigJson(parsed(qwen2()), TensorType::F32, qwen2().dump()));
    EXPECT_EQ(written["use_mrope"], false);
    EXPECT_EQ(written["sliding_window"], 32768);
    EXPECT_EQ(written["torch_dtype"], "float32");
}

TEST(ModelConfigJson, RefusesUnknownArchitecturesByName)
{
    EXPECT_THAT(refusal("architectures", {"GemmaForCausalLM"}),
        AllOf(HasSubstr("config.json: architectures"), HasSubstr("GemmaForCausalLM")));
    EXPECT_THAT(refusal("architectures", {"LlamaForCausalLM"}), HasSubstr("with model_type 'qwen2'"));
    EXPECT_THAT(refusal("architectures", {"Qwen2ForCausalLM", "X"}), HasSubstr("is not supported"));
    EXPECT_THAT(refusal("model_type", "mamba"), HasSubstr("'mamba'"));
    EXPECT_THAT(refusal("model_type", nullptr), HasSubstr("model_type: is missing"));
}

TEST(ModelConfigJson, RefusesOptionsThatWouldChangeTheArithmetic)
{
    EXPECT_THAT(refusal("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}}),
        HasSubstr("rope_scaling: rope_type: 'llama3' is not supported yet"));
    EXPECT_THAT(refusal("rope_scaling", {{"type", "linear"}, {"factor", 2.0}}), HasSubstr("'linear'"));
    EXPECT_THAT(refusal("rope_parameters", {{"rope_type", "yarn"}, {"factor", 2.0}}), HasSubstr("'yarn'"));
    EXPECT_THAT(refusal("partial_rotary_factor", 0.5), HasSubstr("partial_rotary_factor"));
    EXPECT_THAT(refusal("use_sliding_window", true), HasSubstr("use_sliding_window: is not supported yet"));
    EXPECT_THAT(refusal("layer_types", {"full_attention", "sliding_attention"}), HasSubstr("sliding_attention"));
    EXPECT_THAT(refusal("hidden_act", "gelu"), HasSubstr("'gelu' is not supported"));
    EXPECT_THAT(refusal("quantization_config", {{"bits", 4}}), HasSubstr("quantised weights"));
    EXPECT_THAT(refusal("attention_dropout", 0.1), HasSubstr("attention_dropout: is not 0"));
    EXPECT_THAT(refusal("mlp_bias", true), HasSubstr("mlp_bias"));
    EXPECT_EQ(refusal("rope_scaling", nullptr), "");
    EXPECT_EQ(refusal("layer_types", {"full_attention"}), "");
}

TEST(ModelConfigJson, RefusesSizesThatCannotBe)
{
    EXPECT_THAT(refusal("hidden_size", 0), HasSubstr("hidden_size: 0 is outside"));
    EXPECT_THAT(refusal("hidden_size", -896), HasSubstr("is outside"));
    EXPECT_THAT(refusal("hidden_size", 1e30), HasSubstr("is not a whole number"));
    EXPECT_THAT(refusal("vocab_size", std::int64_t{1} << 40), HasSubstr("is outside"));
    EXPECT_THAT(refusal("vocab_size", "151936"), HasSubstr("is not a whole number"));
    EXPECT_THAT(refusal("num_attention_heads", 15), HasSubstr("15 does not divide hidden_size = 896"));
    EXPECT_THAT(refusal("num_key_value_heads", 4), HasSubstr("num_key_value_heads is 4"));
    EXPECT_THAT(refusal("rms_norm_eps", 0.0), HasSubstr("rms_norm_eps"));
    EXPECT_THAT(refusal("rope_theta", -1.0), HasSubstr("rope_theta"));
    EXPECT_THAT(refusal("rope_theta", 1e300), HasSubstr("rope_theta"));
    EXPECT_THAT(refusal("num_hidden_layers", nullptr), HasSubstr("num_hidden_layers: is missing"));
    EXPECT_THAT(refusal("tie_word_embeddings", 1), HasSubstr("is number, not true or false"));
}

} // namespace
} // namespace ahascope::formats
