#include "core/formats/gguf_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/formats/gguf_names.h"
#include "core/problem.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using test::refusalOf;
using testing::AllOf;
using testing::HasSubstr;

json llamaConfig()
{
    return {{"model_type", "llama"}, {"vocab_size", 2}, {"hidden_size", 64}, {"intermediate_size", 96},
        {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"num_key_value_heads", 2},
        {"max_position_embeddings", 131072}, {"rms_norm_eps", 0.5}, {"rope_theta", 500000.0}};
}

json llama3Scaling(double factor)
{
    return {{"rope_type", "llama3"}, {"factor", factor}, {"low_freq_factor", 1.0}, {"high_freq_factor", 4.0},
        {"original_max_position_embeddings", 8192}};
}

class GgufConfigTest : public testing::Test {
protected:
    test::TemporaryFolder m_folder;
    std::filesystem::path m_path = m_folder.path() / "x.gguf";

    // A file with what `config` becomes, and what `add` puts in besides.
    void write(const json& config, const std::function<void(GgufFields&)>& add = {}, std::vector<float> factors = {})
    {
        GgufFields fields;
        const GgufConfig added = addConfig(fields, config.dump(), "config.json");
        if (factors.empty())
            factors = added.ropeFactors;
        fields.texts("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
        if (add)
            add(fields);
        std::vector<GgufTensor> tensors;
        if (!factors.empty())
            tensors.push_back({{RopeFactorsTensor, {static_cast<std::int64_t>(factors.size())}}, TensorType::F32});
        GgufWriter writer(m_path, fields, tensors);
        if (!factors.empty())
            writer.append(factors);
        writer.finish();
    }
    json back() const
    {
        const GgufFile file(m_path);
        return json::parse(configFromGguf(file.header(), file.mapped().bytes()));
    }
};

TEST_F(GgufConfigTest, BringsBackWhatItWrote)
{
    write(llamaConfig());
    const json config = back();
    json updated = config;
    updated.update(llamaConfig());
    EXPECT_EQ(updated, config);
    EXPECT_EQ(config["head_dim"], 16);
    EXPECT_EQ(config["rope_parameters"], json({{"rope_type", "default"}, {"rope_theta", 500000.0}}));
    EXPECT_EQ(config["tie_word_embeddings"], true); // there is no output.weight
    EXPECT_EQ(config["architectures"], json({"LlamaForCausalLM"}));
}

TEST_F(GgufConfigTest, BringsBackEveryRotaryScalingThatLlamaCppHas)
{
    for (const json& scaling : {json{{"rope_type", "linear"}, {"factor", 4.0}},
             json{{"rope_type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 32768}},
             json{{"rope_type", "yarn"}, {"factor", 2.0}, {"original_max_position_embeddings", 4096},
                 {"beta_fast", 16.0}, {"beta_slow", 2.0}},
             llama3Scaling(8), llama3Scaling(32),
             json{{"rope_type", "llama3"}, {"factor", 4.0}, {"low_freq_factor", 2.0}, {"high_freq_factor", 8.0},
                 {"original_max_position_embeddings", 64}}}) {
        for (const char* key : {"rope_scaling", "rope_parameters"}) {
            json config = llamaConfig();
            config[key] = scaling;
            write(config);
            json expected = scaling;
            expected["rope_theta"] = 500000.0;
            EXPECT_EQ(back()["rope_parameters"], expected);
        }
    }
}

TEST_F(GgufConfigTest, BringsBackYarnsAttentionFactor)
{
    json config = llamaConfig();
    config["rope_scaling"] = {{"type", "yarn"}, {"factor", 4.0}, {"attention_factor", 2.5}};
    write(config);
    EXPECT_NEAR(back()["rope_parameters"]["attention_factor"].get<double>(), 2.5, 1e-6);
}

// Frequencies of Llama 3.1 (theta 500000, heads of 128) as transformers divides them: unchanged up to a wave length of
// 8192 / 4 tokens (index 28), divided by 8 from 8192 tokens on (index 35), in between by
// 1 / ((1 - s) / 8 + s) with s = (8192 / wave length - 1) / 3.
TEST_F(GgufConfigTest, DividesFrequenciesAsLlama31Does)
{
    json config = llamaConfig();
    config["head_dim"] = 128;
    config["rope_scaling"] = llama3Scaling(8);
    GgufFields fields;
    const std::vector<float> divisors = addConfig(fields, config.dump(), "config.json").ropeFactors;
    ASSERT_EQ(divisors.size(), 64u);
    EXPECT_EQ(divisors[0], 1.0f);
    EXPECT_EQ(divisors[28], 1.0f);
    EXPECT_NEAR(divisors[29], 1.2071f, 1e-3f);
    EXPECT_GT(divisors[30], divisors[29]);
    EXPECT_EQ(divisors[35], 8.0f);
    EXPECT_EQ(divisors[63], 8.0f);
}

// As other converters write it: the divisors and no word of what they were made of.
TEST_F(GgufConfigTest, RecognisesTheScalingOfLlama3ByItsDivisors)
{
    json scaled = llamaConfig();
    scaled["rope_scaling"] = llama3Scaling(32);
    GgufFields unused;
    std::vector<float> divisors = addConfig(unused, scaled.dump(), "config.json").ropeFactors;
    write(llamaConfig(), {}, divisors);
    json expected = llama3Scaling(32);
    expected["rope_theta"] = 500000.0;
    EXPECT_EQ(back()["rope_parameters"], expected);
    divisors[3] *= 1.01f;
    write(llamaConfig(), {}, divisors);
    EXPECT_THAT(refusalOf([&] { back(); }), AllOf(HasSubstr("rope_freqs.weight"), HasSubstr("Hugging Face folder")));
}

TEST_F(GgufConfigTest, TellsMistralByItsWindow)
{
    json config = llamaConfig();
    config["model_type"] = "mistral";
    config["sliding_window"] = 4096;
    write(config);
    EXPECT_EQ(back()["model_type"], "mistral");
    EXPECT_EQ(back()["sliding_window"], 4096);
}

TEST_F(GgufConfigTest, RefusesToWriteWhatLlamaCppWouldIgnore)
{
    const auto complaint = [&](const char* key, const json& value) {
        json config = llamaConfig();
        config[key] = value;
        return refusalOf([&] { write(config); });
    };
    EXPECT_THAT(complaint("model_type", "gemma"), HasSubstr("'gemma' has no counterpart"));
    EXPECT_THAT(complaint("rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2.0}}),
        AllOf(HasSubstr("'dynamic' has no counterpart"), HasSubstr("safetensors")));
    EXPECT_THAT(complaint("use_sliding_window", true), HasSubstr("use_sliding_window"));
    EXPECT_THAT(complaint("attention_bias", true), HasSubstr("attention_bias"));
}

TEST_F(GgufConfigTest, RefusesToReadWhatItDoesNotKnowByName)
{
    const auto complaint = [&](const std::function<void(GgufFields&)>& add) {
        write(llamaConfig(), add);
        return refusalOf([&] { back(); });
    };
    EXPECT_THAT(complaint([](GgufFields& fields) { fields.u32("llama.expert_count", 8); }),
        HasSubstr("llama.expert_count: is not supported"));
    EXPECT_THAT(complaint([](GgufFields& fields) { fields.text("llama.rope.scaling.type", "longrope"); }),
        HasSubstr("'longrope' is not supported"));
    EXPECT_THAT(
        complaint([](GgufFields& fields) { fields.u32("split.count", 2); }), HasSubstr("llama-gguf-split --merge"));
    GgufFields fields;
    fields.text("general.architecture", "gemma3");
    GgufWriter writer(m_path, fields, {});
    writer.finish();
    EXPECT_THAT(refusalOf([&] { back(); }), HasSubstr("'gemma3' is not supported"));
}

} // namespace
} // namespace ahascope::formats
