#include "core/formats/model_config_json.h"

#include <cmath>
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

json shapeOnly(const char* architecture, const char* type)
{
    return {{"architectures", {architecture}}, {"model_type", type}, {"vocab_size", 320}, {"hidden_size", 256},
        {"intermediate_size", 128}, {"num_hidden_layers", 4}, {"num_attention_heads", 32}};
}

json with(json file, const json& more)
{
    file.update(more);
    return file;
}

ModelConfig parsed(const json& file)
{
    return parseModelConfig(file.dump(), "config.json");
}

std::string refusalOf(const json& file)
{
    try {
        parsed(file);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

std::string refusal(const std::string& key, const json& value)
{
    return refusalOf(with(qwen2(), {{key, value}}));
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

TEST(ModelConfigJson, AssumesWhatTransformersAssumes)
{
    const ModelConfig qwen3 = parsed(shapeOnly("Qwen3ForCausalLM", "qwen3"));
    EXPECT_EQ(qwen3.family, Family::Qwen3);
    EXPECT_TRUE(qwen3.qkNorm);
    EXPECT_EQ(qwen3.headDim, 128);
    EXPECT_EQ(qwen3.kvHeads, 32);
    EXPECT_FALSE(qwen3.attentionBias);
    EXPECT_EQ(qwen3.slidingWindow, 0);
    const ModelConfig mistral = parsed(shapeOnly("MistralForCausalLM", "mistral"));
    EXPECT_EQ(mistral.family, Family::Mistral);
    EXPECT_EQ(mistral.headDim, 8);
    EXPECT_EQ(mistral.kvHeads, 8);
    EXPECT_EQ(mistral.slidingWindow, 4096);
    EXPECT_EQ(mistral.maxPositions, 131072);
    const json nulls = {{"sliding_window", nullptr}, {"num_key_value_heads", nullptr}, {"head_dim", nullptr}};
    const ModelConfig full = parsed(with(shapeOnly("MistralForCausalLM", "mistral"), nulls));
    EXPECT_EQ(full.slidingWindow, 0);
    EXPECT_EQ(full.kvHeads, 32);
}

TEST(ModelConfigJson, ReadsTheBiasesOfAttention)
{
    for (const json& family : {shapeOnly("LlamaForCausalLM", "llama"), shapeOnly("Qwen3ForCausalLM", "qwen3")}) {
        const ModelConfig config = parsed(with(family, {{"attention_bias", true}}));
        EXPECT_TRUE(config.attentionBias);
        EXPECT_TRUE(config.outputBias);
        EXPECT_EQ(parseModelConfig(modelConfigJson(config, TensorType::F32), "x"), config);
    }
    EXPECT_FALSE(parsed(qwen2()).outputBias);
}

TEST(ModelConfigJson, ReadsWhichLayersHaveAWindow)
{
    const json on = {{"num_hidden_layers", 4}, {"use_sliding_window", true}, {"sliding_window", 7}};
    const ModelConfig some = parsed(with(qwen2(), with(on, {{"max_window_layers", 3}})));
    EXPECT_EQ(some.windowOf(2), 0);
    EXPECT_EQ(some.windowOf(3), 7);
    EXPECT_EQ(parseModelConfig(modelConfigJson(some, TensorType::F32), "x"), some);
    EXPECT_EQ(parsed(with(qwen2(), on)).windowOf(3), 0); // max_window_layers 28
    const json types = {"full_attention", "sliding_attention", "sliding_attention", "sliding_attention"};
    EXPECT_EQ(parsed(with(qwen2(), with(on, {{"layer_types", types}}))).windowOf(1), 7);
}

TEST(ModelConfigJson, ReadsTheScalingsOfTheRotaryEmbeddingInBothForms)
{
    const auto scaling = [](const json& more) { return parsed(with(qwen2(), more)).ropeScaling; };
    using model::RopeType;
    const json llama3 = {{"rope_type", "llama3"}, {"factor", 8.0}, {"low_freq_factor", 1.0}, {"high_freq_factor", 4.0},
        {"original_max_position_embeddings", 8192}};
    EXPECT_EQ(scaling({{"rope_scaling", llama3}}),
        (model::RopeScaling{.type = RopeType::Llama3, .factor = 8.0, .originalPositions = 8192}));
    EXPECT_EQ(scaling({{"rope_parameters", llama3}}), scaling({{"rope_scaling", llama3}}));
    EXPECT_EQ(scaling({{"rope_scaling", {{"type", "linear"}, {"factor", 2}}}}),
        (model::RopeScaling{.type = RopeType::Linear, .factor = 2.0}));
    const model::RopeScaling yarn = scaling({{"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}}});
    EXPECT_EQ(yarn.originalPositions, 32768); // max_position_embeddings
    EXPECT_DOUBLE_EQ(yarn.attentionFactor, 0.1 * std::log(4.0) + 1);
    const json full = {{"rope_type", "yarn"}, {"factor", nullptr}, {"original_max_position_embeddings", 4096},
        {"attention_factor", 1.5}, {"beta_fast", 16}, {"beta_slow", 0}, {"truncate", false}};
    const model::RopeScaling expected{.type = RopeType::Yarn,
        .factor = 8.0,
        .originalPositions = 4096,
        .attentionFactor = 1.5,
        .betaFast = 16.0,
        .betaSlow = 1.0,
        .truncate = false};
    EXPECT_EQ(scaling({{"rope_parameters", full}}), expected);
    // Where both are given the scaling counts, with the theta beside it.
    const json both = {{"rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2.0}}},
        {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 5.0}}}};
    EXPECT_EQ(scaling(both), (model::RopeScaling{.type = RopeType::Dynamic, .factor = 2.0}));
    EXPECT_EQ(parsed(with(qwen2(), both)).ropeTheta, 1e6f);
    for (const json& more : {json{{"rope_scaling", llama3}}, json{{"rope_parameters", full}}, both}) {
        const ModelConfig config = parsed(with(qwen2(), more));
        EXPECT_EQ(parseModelConfig(modelConfigJson(config, TensorType::F32), "x"), config);
        EXPECT_EQ(parseModelConfig(modelConfigJson(config, TensorType::F32, with(qwen2(), more).dump()), "x"), config);
    }
}

TEST(ModelConfigJson, GivesBackWhatItWrites)
{
    ModelConfig config = parsed(qwen2());
    EXPECT_EQ(parseModelConfig(modelConfigJson(config, TensorType::BF16), "x"), config);
    for (const json& file : {shapeOnly("Qwen3ForCausalLM", "qwen3"), shapeOnly("MistralForCausalLM", "mistral"),
             with(shapeOnly("MistralForCausalLM", "mistral"), {{"sliding_window", nullptr}})}) {
        const ModelConfig other = parsed(file);
        EXPECT_EQ(parseModelConfig(modelConfigJson(other, TensorType::F32), "x"), other);
        EXPECT_EQ(parseModelConfig(modelConfigJson(other, TensorType::F32, file.dump()), "x"), other);
    }
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
    EXPECT_THAT(refusal("rope_scaling", {{"rope_type", "longrope"}, {"factor", 8.0}}),
        HasSubstr("rope_scaling: rope_type: 'longrope' is not supported"));
    EXPECT_THAT(refusal("rope_scaling", {{"type", "su"}}), HasSubstr("rope_scaling: type: 'su'"));
    EXPECT_THAT(refusal("rope_scaling", {{"type", "linear"}}), HasSubstr("rope_scaling: factor: is missing"));
    EXPECT_THAT(refusal("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}}), HasSubstr("low_freq_factor"));
    EXPECT_THAT(refusal("rope_scaling", {{"rope_type", "linear"}, {"factor", -2.0}}), HasSubstr("factor is -2"));
    EXPECT_THAT(refusal("rope_parameters", {{"full_attention", {{"rope_type", "default"}}}}),
        HasSubstr("rope_parameters: full_attention: angles that differ"));
    EXPECT_THAT(refusal("rope_parameters", {{"partial_rotary_factor", 0.5}}), HasSubstr("partial_rotary_factor"));
    EXPECT_THAT(refusal("partial_rotary_factor", 0.5), HasSubstr("partial_rotary_factor"));
    EXPECT_THAT(refusal("use_mrope", true), HasSubstr("use_mrope: is not supported"));
    EXPECT_THAT(refusal("is_causal", false), HasSubstr("is_causal"));
    EXPECT_THAT(refusal("attention_bias", false), HasSubstr("attention_bias: is not an option"));
    EXPECT_THAT(refusal("layer_types", {"full_attention"}), HasSubstr("layer_types: is not a list of one type"));
    const json types = std::vector<std::string>(24, "sliding_attention");
    EXPECT_THAT(refusal("layer_types", types), HasSubstr("\"sliding_attention\" for layer 0 is not supported"));
    const json mixed = {{"use_sliding_window", true}, {"num_hidden_layers", 3},
        {"layer_types", {"full_attention", "sliding_attention", "full_attention"}}};
    EXPECT_THAT(refusalOf(with(qwen2(), mixed)), HasSubstr("\"full_attention\" for layer 2 is not supported"));
    EXPECT_THAT(refusal("hidden_act", "gelu"), HasSubstr("'gelu' is not supported"));
    EXPECT_THAT(refusal("quantization_config", {{"bits", 4}}), HasSubstr("quantised weights"));
    EXPECT_THAT(refusal("mlp_bias", true), HasSubstr("mlp_bias"));
    EXPECT_EQ(refusal("rope_scaling", nullptr), "");
    EXPECT_EQ(refusal("rope_scaling", json::object()), "");
    EXPECT_EQ(refusal("layer_types", std::vector<std::string>(24, "full_attention")), "");
    EXPECT_EQ(refusal("attention_dropout", 0.1), "");
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
