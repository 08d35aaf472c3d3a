#include "core/formats/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/formats/file_bytes.h"
#include "core/formats/weight_files.h"
#include "core/problem.h"
#include "tests/core/text/small_tokenizer.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ModelDescription smallModel()
{
    ModelDescription model;
    model.config = {.family = model::Family::Qwen2,
        .vocabSize = 300,
        .hiddenSize = 8,
        .intermediateSize = 16,
        .layers = 1,
        .heads = 2,
        .kvHeads = 1,
        .headDim = 4,
        .maxPositions = 64};
    model.tokenizer = text::Tokenizer::fromJson(text::smallTokenizerJson().dump(), "small");
    model.special = {.end = {263}, .padding = 263};
    model.chatTemplate = "{{ messages[0]['content'] }}";
    return model;
}

WeightSource oneTensor()
{
    return {.tensors = {{"model.embed_tokens.weight", {2, 3}}},
        .type = TensorType::F32,
        .values = [](std::size_t index, std::span<float> into) {
            std::fill(into.begin(), into.end(), 0.5f + static_cast<float>(index));
        }};
}

class ModelFolder : public testing::Test {
protected:
    test::TemporaryFolder m_temporary;
    std::filesystem::path m_folder = m_temporary.path() / "model";

    void SetUp() override { saveModelFolder(m_folder, smallModel(), oneTensor()); }
    void put(const std::string& name, const json& contents) { writeFileAtomically(m_folder / name, contents.dump()); }
    void replaceKey(const std::string& name, const std::string& key, const json& value)
    {
        json file = readJsonOf(name);
        file[key] = value;
        put(name, file);
    }
    json readJsonOf(const std::string& name) const { return json::parse(readFile(m_folder / name, 1 << 20)); }

    std::string refusal() const
    {
        try {
            readModelDescription(m_folder);
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
};

TEST_F(ModelFolder, ComesBackAsItWasSaved)
{
    const ModelDescription model = readModelDescription(m_folder);
    EXPECT_EQ(model.config, smallModel().config);
    EXPECT_EQ(model.special, smallModel().special);
    EXPECT_EQ(model.chatTemplate, smallModel().chatTemplate);
    EXPECT_EQ(model.tokenizer->toJson(), smallModel().tokenizer->toJson());
    const WeightFiles weights(m_folder);
    EXPECT_EQ(weights.entry("model.embed_tokens.weight").count, 6u);
}

TEST_F(ModelFolder, CarriesTheSmallFilesAlong)
{
    replaceKey("tokenizer_config.json", "legacy_key", 5);
    replaceKey("generation_config.json", "top_p", 0.8);
    replaceKey("config.json", "custom", "kept");
    writeFileAtomically(m_folder / "chat_template.jinja", "own template");
    const ModelDescription model = readModelDescription(m_folder);
    EXPECT_EQ(model.chatTemplate, "own template"); // before the one in tokenizer_config.json
    const auto first = m_folder;
    m_folder = m_temporary.path() / "second";
    saveModelFolder(m_folder, model, oneTensor());
    for (const char* name : {"tokenizer_config.json", "generation_config.json", "chat_template.jinja"})
        EXPECT_EQ(readFile(m_folder / name, 1 << 20), readFile(first / name, 1 << 20));
    EXPECT_EQ(readJsonOf("config.json")["custom"], "kept");
}

TEST_F(ModelFolder, CollectsTheTokensThatEndACompletion)
{
    replaceKey("generation_config.json", "eos_token_id", {256, 263});
    replaceKey("tokenizer_config.json", "eos_token", {{"content", "<think>"}, {"special", true}});
    EXPECT_THAT(readModelDescription(m_folder).special.end, ElementsAre(256, 263, 264));
    json generation = readJsonOf("generation_config.json");
    generation.erase("eos_token_id");
    put("generation_config.json", generation);
    replaceKey("config.json", "eos_token_id", 257); // counts where generation_config.json says nothing
    EXPECT_THAT(readModelDescription(m_folder).special.end, ElementsAre(257, 264));
}

TEST_F(ModelFolder, TakesTheDefaultOfSeveralChatTemplates)
{
    replaceKey("tokenizer_config.json", "chat_template",
        json::array({{{"name", "tool_use"}, {"template", "a"}}, {{"name", "default"}, {"template", "b"}}}));
    EXPECT_EQ(readModelDescription(m_folder).chatTemplate, "b");
}

TEST_F(ModelFolder, RefusesTokensThatAreNotInTheVocabulary)
{
    replaceKey("tokenizer_config.json", "eos_token", "<nowhere>");
    EXPECT_THAT(refusal(), AllOf(HasSubstr("tokenizer_config.json: eos_token"), HasSubstr("'<nowhere>'")));
    replaceKey("tokenizer_config.json", "eos_token", nullptr);
    replaceKey("generation_config.json", "eos_token_id", 300);
    EXPECT_THAT(refusal(), HasSubstr("eos_token_id: 300 is outside 0 .. 299"));
    replaceKey("generation_config.json", "eos_token_id", {5, -1});
    EXPECT_THAT(refusal(), HasSubstr("-1 is not an id below 300"));
}

TEST_F(ModelFolder, RefusesATokenizerLargerThanTheModel)
{
    replaceKey("config.json", "vocab_size", 264);
    EXPECT_THAT(refusal(), AllOf(HasSubstr("has 265 tokens"), HasSubstr("vocab_size 264")));
}

TEST_F(ModelFolder, RefusesWhatIsNoModelFolder)
{
    std::filesystem::remove(m_folder / "tokenizer.json");
    EXPECT_THAT(refusal(), HasSubstr("tokenizer.json: cannot be opened"));
    std::filesystem::remove(m_folder / "config.json");
    EXPECT_THAT(refusal(), HasSubstr("has no config.json"));
    m_folder /= "generation_config.json";
    EXPECT_THAT(refusal(), HasSubstr("is not a folder"));
}

TEST_F(ModelFolder, DividesTheWeightsAsTransformersDoes)
{
    WeightSource source = oneTensor();
    source.tensors = {{"a", {3}}, {"b", {2}}, {"c", {9}}, {"d", {1}}};
    source.maxShardBytes = 20; // a and b; c is larger by itself; d
    saveModelFolder(m_folder, smallModel(), source);
    const json index = readJsonOf("model.safetensors.index.json");
    EXPECT_EQ(index["metadata"]["total_size"], 60);
    EXPECT_EQ(index["weight_map"],
        json({{"a", "model-00001-of-00003.safetensors"}, {"b", "model-00001-of-00003.safetensors"},
            {"c", "model-00002-of-00003.safetensors"}, {"d", "model-00003-of-00003.safetensors"}}));
    EXPECT_FALSE(std::filesystem::exists(m_folder / "model.safetensors")); // of SetUp()
    const WeightFiles weights(m_folder);
    std::vector<float> c(9);
    weights.read("c", 0, c);
    EXPECT_THAT(c, testing::Each(2.5f));
}

TEST_F(ModelFolder, RefusesALicenceThatIsALinkToAnotherFolder)
{
    writeFileAtomically(m_temporary.path() / "secret", "words");
    std::filesystem::create_symlink(m_temporary.path() / "secret", m_folder / "LICENSE");
    EXPECT_THAT(refusal(), HasSubstr("LICENSE: is a link that leads out of its folder"));
}

TEST_F(ModelFolder, StaysAsItWasWhenSavingFails)
{
    WeightSource failing = oneTensor();
    failing.values = [](std::size_t, std::span<float>) { throw std::runtime_error("device lost"); };
    ModelDescription other = smallModel();
    other.config.layers = 2;
    EXPECT_THROW(saveModelFolder(m_folder, other, failing), std::runtime_error);
    EXPECT_EQ(readModelDescription(m_folder).config.layers, 1);
    EXPECT_EQ(m_temporary.entries(), 1u);
}

} // namespace
} // namespace ahascope::formats
