#include "core/formats/gguf_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/formats/gguf_config.h"
#include "core/formats/gguf_names.h"
#include "core/formats/weight_files.h"
#include "core/problem.h"
#include "tests/core/text/small_tokenizer.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using test::refusalOf;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ModelDescription smallModel(model::Family family)
{
    ModelDescription model;
    model.config = {.family = family,
        .vocabSize = 300,
        .hiddenSize = 64,
        .intermediateSize = 96,
        .layers = 2,
        .heads = 4,
        .kvHeads = 2,
        .headDim = 16,
        .maxPositions = 128,
        .rmsNormEpsilon = 1e-5f,
        .ropeTheta = 1e6f,
        .attentionBias = family == model::Family::Qwen2,
        .tieEmbeddings = family == model::Family::Qwen2};
    model.tokenizer = text::Tokenizer::fromJson(text::smallTokenizerJson().dump(), "small");
    model.special = {.end = {263, 256}, .begin = 1, .padding = 263};
    model.chatTemplate = "{{ messages[0]['content'] }}";
    return model;
}

// Rows of a query projection and a vector: value i of tensor t is t + i / 64, exact in every type but Q8_0.
WeightSource weightsOf(TensorType type)
{
    return {.tensors = {{"model.layers.0.self_attn.q_proj.weight", {64, 64}},
                {"model.layers.0.input_layernorm.weight", {64}}, {"model.layers.1.self_attn.v_proj.weight", {32, 64}}},
        .type = type,
        .values = [](std::size_t index, std::span<float> into) {
            for (std::size_t i = 0; i < into.size(); ++i)
                into[i] = static_cast<float>(index) + static_cast<float>(i % 128) / 64;
        }};
}

class GgufModel : public testing::Test {
protected:
    test::TemporaryFolder m_folder;
    std::filesystem::path m_path = m_folder.path() / "x.gguf";

    std::string refusal(const ModelDescription& model, const WeightSource& weights)
    {
        return refusalOf([&] { writeGguf(m_path, model, weights); });
    }
};

TEST_F(GgufModel, ComesBackAsItWasSaved)
{
    for (const model::Family family : {model::Family::Qwen2, model::Family::Llama}) {
        const ModelDescription model = smallModel(family);
        WeightSource weights = weightsOf(TensorType::F32);
        if (family == model::Family::Llama)
            weights.tensors.push_back({"lm_head.weight", {300, 64}});
        writeGguf(m_path, model, weights);
        const ModelDescription back = readModelDescription(m_path);
        EXPECT_EQ(back.config, model.config);
        EXPECT_EQ(back.special, model.special);
        EXPECT_EQ(back.chatTemplate, model.chatTemplate);
        EXPECT_EQ(back.tokenizer->vocabularySize(), model.tokenizer->vocabularySize());
        const std::string text = "hello w中文\n<|end|><think> \xff 12345";
        EXPECT_EQ(back.tokenizer->encode(text), model.tokenizer->encode(text));
        EXPECT_EQ(back.tokenizer->addedTokens(), model.tokenizer->addedTokens());
    }
}

TEST_F(GgufModel, KeepsValuesThatATypeHoldsExactly)
{
    for (const TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16}) {
        for (const model::Family family : {model::Family::Qwen2, model::Family::Llama}) {
            const WeightSource source = weightsOf(type);
            writeGguf(m_path, smallModel(family), source);
            const WeightFiles files(m_path);
            for (std::size_t i = 0; i < source.tensors.size(); ++i) {
                std::vector<float> expected(valueCount(source.tensors[i], "x")), values(expected.size());
                source.values(i, expected);
                files.read(source.tensors[i].name, 0, values);
                EXPECT_EQ(values, expected) << source.tensors[i].name;
                EXPECT_EQ(files.entry(source.tensors[i].name).shape, source.tensors[i].shape);
                EXPECT_EQ(files.entry(source.tensors[i].name).type,
                    source.tensors[i].shape.size() == 1 ? TensorType::F32 : type);
            }
        }
    }
}

TEST_F(GgufModel, QuantisesMatricesAndKeepsVectors)
{
    const WeightSource source = weightsOf(TensorType::Q8_0);
    writeGguf(m_path, smallModel(model::Family::Llama), source);
    const WeightFiles files(m_path);
    EXPECT_EQ(files.entry("model.layers.0.self_attn.q_proj.weight").type, TensorType::Q8_0);
    EXPECT_EQ(files.entry("model.layers.0.input_layernorm.weight").type, TensorType::F32);
    std::vector<float> expected(64 * 64), values(expected.size());
    source.values(0, expected);
    files.read("model.layers.0.self_attn.q_proj.weight", 0, values);
    for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_NEAR(values[i], expected[i], 2.0f / 127 * 0.51f); // values below 2: half a step of the largest scale
    WeightSource narrow = weightsOf(TensorType::Q8_0);
    narrow.tensors = {{"model.layers.0.mlp.down_proj.weight", {64, 48}}}; // no whole blocks
    writeGguf(m_path, smallModel(model::Family::Llama), narrow);
    EXPECT_EQ(WeightFiles(m_path).entry("model.layers.0.mlp.down_proj.weight").type, TensorType::F16);
}

// llama.cpp's converter: reshape(heads, 2, head / 2, columns).swapaxes(1, 2).
TEST_F(GgufModel, InterleavesTheHalvesOfHeadsForTheLlamaArchitectureAlone)
{
    for (std::int64_t row = 0; row < 32; ++row) {
        const std::int64_t head = row / 16, half = row % 16 / 8, pair = row % 8;
        EXPECT_EQ(pairedRow(row, 16), head * 16 + pair * 2 + half);
    }
    WeightSource rows = weightsOf(TensorType::F32);
    rows.values = [](std::size_t, std::span<float> into) {
        for (std::size_t i = 0; i < into.size(); ++i)
            into[i] = static_cast<float>(i / 64);
    };
    for (const model::Family family : {model::Family::Qwen2, model::Family::Llama}) {
        writeGguf(m_path, smallModel(family), rows);
        const GgufFile file(m_path);
        for (const TensorEntry& tensor : file.tensors()) {
            if (!tensor.name.ends_with("attn_q.weight"))
                continue;
            std::vector<float> values(tensor.count);
            toFloat(tensor.type, file.bytes(tensor), values);
            EXPECT_EQ(values[64], family == model::Family::Llama ? 8 : 1); // the second row of the file
        }
    }
}

TEST_F(GgufModel, SaysWhatLlamaCppAndOllamaLookFor)
{
    writeGguf(m_path, smallModel(model::Family::Qwen2), weightsOf(TensorType::Q8_0));
    const GgufFile file(m_path);
    const GgufMetadata& metadata = file.metadata();
    EXPECT_EQ(metadata.text("general.architecture"), "qwen2");
    EXPECT_EQ(metadata.integer("general.file_type", 0, 100), 7);
    EXPECT_EQ(metadata.integer("qwen2.block_count", 0, 100), 2);
    EXPECT_EQ(metadata.integer("qwen2.attention.head_count_kv", 0, 100), 2);
    EXPECT_EQ(metadata.number("qwen2.rope.freq_base"), 1e6);
    EXPECT_EQ(metadata.text("tokenizer.ggml.model"), "gpt2");
    EXPECT_EQ(metadata.text("tokenizer.ggml.pre"), "gpt-2");
    EXPECT_EQ(metadata.texts("tokenizer.ggml.tokens").size(), 300u);
    EXPECT_EQ(metadata.texts("tokenizer.ggml.tokens")[260], "Ġw");
    EXPECT_EQ(metadata.texts("tokenizer.ggml.tokens")[299], "[PAD299]");
    EXPECT_EQ(metadata.numbers("tokenizer.ggml.token_type")[263], 3); // control
    EXPECT_EQ(metadata.numbers("tokenizer.ggml.token_type")[264], 4); // user defined
    EXPECT_EQ(metadata.numbers("tokenizer.ggml.token_type")[299], 5); // unused
    EXPECT_EQ(metadata.texts("tokenizer.ggml.merges")[0], "h e");
    EXPECT_EQ(metadata.integer("tokenizer.ggml.eos_token_id", 0, 999), 263);
    EXPECT_FALSE(metadata.boolean("tokenizer.ggml.add_bos_token", true));
}

TEST_F(GgufModel, RefusesWhatLlamaCppHasNoCounterpartOf)
{
    ModelDescription model = smallModel(model::Family::Qwen2);
    WeightSource odd = weightsOf(TensorType::F16);
    odd.tensors[0].name = "model.layers.0.self_attn.extra.weight";
    EXPECT_THAT(refusal(model, odd), HasSubstr("extra.weight: has no counterpart in GGUF"));
    json tokenizer = text::smallTokenizerJson();
    tokenizer["pre_tokenizer"]["add_prefix_space"] = true;
    model.tokenizer = text::Tokenizer::fromJson(tokenizer.dump(), "small");
    EXPECT_THAT(refusal(model, weightsOf(TensorType::F16)),
        AllOf(HasSubstr("pre_tokenizer"), HasSubstr("no name for"), HasSubstr("safetensors")));
    EXPECT_EQ(m_folder.entries(), 0u);
}

TEST(GgufNames, AreThoseOfLlamaCppAndLeadBack)
{
    for (const auto& [theirs, ours] : std::vector<std::pair<std::string, std::string>>{
             {"token_embd.weight", "model.embed_tokens.weight"}, {"output_norm.weight", "model.norm.weight"},
             {"output.weight", "lm_head.weight"}, {"blk.17.attn_norm.weight", "model.layers.17.input_layernorm.weight"},
             {"blk.0.attn_q.bias", "model.layers.0.self_attn.q_proj.bias"},
             {"blk.0.attn_k_norm.weight", "model.layers.0.self_attn.k_norm.weight"},
             {"blk.0.attn_output.weight", "model.layers.0.self_attn.o_proj.weight"},
             {"blk.0.ffn_norm.weight", "model.layers.0.post_attention_layernorm.weight"},
             {"blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight"}}) {
        EXPECT_EQ(ggufTensorName(ours), theirs);
        EXPECT_EQ(huggingFaceTensorName(theirs), ours);
    }
    for (const char* name :
        {"blk.x.attn_q.weight", "blk..attn_q.weight", "blk.0.attn_q.scale", "blk.0.weight", "blk.0", ""})
        EXPECT_EQ(huggingFaceTensorName(name), "") << name;
}

} // namespace
} // namespace ahascope::formats
