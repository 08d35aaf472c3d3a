#include "core/formats/peft_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/formats/file_bytes.h"
#include "core/problem.h"
#include "tests/core/text/small_tokenizer.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using test::refusalOf;
using testing::ElementsAre;
using testing::HasSubstr;

model::ModelConfig baseConfig()
{
    return {.family = model::Family::Qwen2,
        .vocabSize = 300,
        .hiddenSize = 8,
        .intermediateSize = 12,
        .layers = 2,
        .heads = 2,
        .kvHeads = 1,
        .headDim = 4,
        .maxPositions = 64};
}

// As peft 0.21 writes it.
json peftConfig()
{
    return json::parse(R"({
        "alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null, "auto_mapping": null,
        "base_model_name_or_path": "Qwen/Qwen2.5-0.5B", "bias": "none", "corda_config": null,
        "ensure_weight_tying": false, "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false,
        "inference_mode": true, "init_lora_weights": true, "layer_replication": null, "layers_pattern": null,
        "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 16, "lora_bias": false, "lora_dropout": 0.05,
        "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA",
        "peft_version": "0.21.2", "qalora_group_size": 16, "r": 4, "rank_pattern": {}, "revision": null,
        "target_modules": ["v_proj", "q_proj"], "target_parameters": null, "task_type": "CAUSAL_LM",
        "trainable_token_indices": null, "use_bdlora": null, "use_dora": false, "use_qalora": false,
        "use_rslora": false})");
}

model::LoraConfig parsed(const json& config)
{
    return parsePeftConfig(config.dump(), "adapter_config.json", baseConfig());
}

std::string refusal(const std::string& key, const json& value)
{
    json config = peftConfig();
    config[key] = value;
    return refusalOf([&] { parsed(config); });
}

TEST(PeftConfig, IsReadAsPeftMeansIt)
{
    const model::LoraConfig lora = parsed(peftConfig());
    EXPECT_EQ(lora.rank, 4);
    EXPECT_EQ(lora.alpha, 16.0);
    EXPECT_FALSE(lora.rankStabilised);
    EXPECT_THAT(lora.targets, ElementsAre("q_proj", "v_proj"));
}

TEST(PeftConfig, TakesEveryWayOfNamingTargets)
{
    json config = peftConfig();
    config["target_modules"] = "all-linear";
    EXPECT_EQ(parsed(config).targets, model::loraModuleNames());
    config["target_modules"] = {"self_attn.o_proj", "model.layers.0.mlp.up_proj", "model.layers.1.mlp.up_proj"};
    EXPECT_THAT(parsed(config).targets, ElementsAre("o_proj", "up_proj"));
}

TEST(PeftConfig, RefusesWhatItWouldLeaveOut)
{
    EXPECT_THAT(refusal("peft_type", "LOHA"), HasSubstr("peft_type: 'LOHA' is not LORA"));
    EXPECT_THAT(refusal("task_type", "SEQ_CLS"), HasSubstr("task_type"));
    EXPECT_THAT(refusal("use_dora", true), HasSubstr("use_dora"));
    EXPECT_THAT(refusal("bias", "lora_only"), HasSubstr("bias"));
    EXPECT_THAT(refusal("lora_bias", true), HasSubstr("lora_bias"));
    EXPECT_THAT(refusal("modules_to_save", {"lm_head"}), HasSubstr("modules_to_save"));
    EXPECT_THAT(refusal("rank_pattern", {{"q_proj", 8}}), HasSubstr("rank_pattern"));
    EXPECT_THAT(refusal("alpha_pattern", {{"q_proj", 8}}), HasSubstr("alpha_pattern"));
    EXPECT_THAT(refusal("layers_to_transform", {0}), HasSubstr("layers_to_transform"));
    EXPECT_THAT(refusal("fan_in_fan_out", true), HasSubstr("fan_in_fan_out"));
    EXPECT_THAT(refusal("init_lora_weights", "pissa"), HasSubstr("init_lora_weights"));
    EXPECT_THAT(refusal("a_key_of_tomorrow", "on"), HasSubstr("a_key_of_tomorrow"));
}

TEST(PeftConfig, RefusesSizesAndTargetsThatCannotBe)
{
    EXPECT_THAT(refusal("r", 0), HasSubstr("r:"));
    EXPECT_THAT(refusal("r", 1e9), HasSubstr("r:"));
    EXPECT_THAT(refusal("lora_alpha", -1), HasSubstr("lora_alpha"));
    EXPECT_THAT(refusal("target_modules", {"q_proj", "lm_head"}), HasSubstr("'lm_head'"));
    EXPECT_THAT(refusal("target_modules", {"c_attn"}), HasSubstr("'c_attn'"));
    EXPECT_THAT(refusal("target_modules", json::array()), HasSubstr("target_modules"));
    EXPECT_THAT(refusal("target_modules", ".*_proj"), HasSubstr("target_modules"));
    EXPECT_THAT(refusal("target_modules", {"model.layers.0.self_attn.q_proj"}), HasSubstr("1 of 2 layers"));
}

class PeftFolder : public testing::Test {
protected:
    PeftFolder()
    {
        ModelDescription model;
        model.config = baseConfig();
        model.tokenizer = text::Tokenizer::fromJson(text::smallTokenizerJson().dump(), "small");
        model.carried = {{"config.json", "{}"}, {"tokenizer_config.json", "{\"kept\": 1}"}};
        writeAdapterFiles(m_folder, model, m_lora, "some/base", source(adapterShapes(baseConfig(), m_lora)));
    }

    // Every value of tensor i is i.
    static WeightSource source(std::vector<TensorShape> shapes)
    {
        return {std::move(shapes), TensorType::F32,
            [](std::size_t i, std::span<float> into) { std::ranges::fill(into, static_cast<float>(i)); }};
    }

    void rewrite(const std::function<void(std::vector<TensorShape>&)>& change)
    {
        std::vector<TensorShape> shapes = adapterShapes(baseConfig(), m_lora);
        change(shapes);
        SafetensorsWriter writer(m_folder / "adapter_model.safetensors", shapes, TensorType::F32);
        for (const TensorShape& tensor : shapes)
            writer.append(std::vector<float>(static_cast<std::size_t>(tensor.shape[0] * tensor.shape[1])));
        writer.finish();
    }

    std::string refusal(const model::ModelConfig& base = baseConfig())
    {
        return refusalOf([&] { AdapterFiles(m_folder, base); });
    }

    test::TemporaryFolder m_temporary;
    std::filesystem::path m_folder = m_temporary.path();
    model::LoraConfig m_lora{.rank = 3, .alpha = 4.5, .rankStabilised = true, .targets = {"k_proj", "down_proj"}};
};

TEST_F(PeftFolder, ComesBackAsItWasWritten)
{
    const AdapterFiles files(m_folder, baseConfig());
    EXPECT_EQ(files.lora(), m_lora);
    EXPECT_EQ(baseModelOf(m_folder), "some/base");
    EXPECT_TRUE(isAdapterFolder(m_folder));
    ASSERT_EQ(files.tensors().size(), 8u);
    std::vector<float> values(3 * 8);
    files.read(4, values);
    EXPECT_EQ(values, std::vector<float>(24, 4.0f));
    EXPECT_EQ(readFile(m_folder / "tokenizer_config.json", 100), "{\"kept\": 1}");
    EXPECT_FALSE(std::filesystem::exists(m_folder / "config.json"));
}

TEST_F(PeftFolder, RefusesTensorsThatContradictRankOrBase)
{
    rewrite([](auto& shapes) { shapes[0].shape = {5, 8}; });
    EXPECT_THAT(refusal(), HasSubstr("layers.0.self_attn.k_proj.lora_A.weight: has the shape [5, 8], not [3, 8]"));
    rewrite([](auto& shapes) { shapes.pop_back(); });
    EXPECT_THAT(refusal(), HasSubstr("layers.1.mlp.down_proj.lora_B.weight: is missing"));
    rewrite([](auto& shapes) { shapes.push_back({"base_model.model.lm_head.weight", {2, 2}}); });
    EXPECT_THAT(refusal(), HasSubstr("base_model.model.lm_head.weight: is not a tensor of this adapter"));
    rewrite([](auto&) {});
    model::ModelConfig other = baseConfig();
    other.intermediateSize = 16;
    EXPECT_THAT(refusal(other), HasSubstr("another base model"));
    std::filesystem::remove(m_folder / "adapter_model.safetensors");
    EXPECT_THAT(refusal(), HasSubstr("adapter_model.safetensors"));
}

} // namespace
} // namespace ahascope::formats
