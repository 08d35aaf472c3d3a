#include "core/formats/weight_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::formats {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class WeightFilesTest : public testing::Test {
protected:
    test::TemporaryFolder m_folder;

    // Tensors of one value each.
    void shard(const std::string& file, const std::vector<std::pair<std::string, float>>& tensors)
    {
        std::vector<TensorShape> shapes;
        for (const auto& [name, value] : tensors)
            shapes.push_back({name, {1}});
        SafetensorsWriter writer(m_folder.path() / file, shapes, TensorType::F32);
        for (const auto& [name, value] : tensors)
            writer.append(std::span(&value, 1));
        writer.finish();
    }

    void index(const std::string& weightMap)
    {
        writeFileAtomically(m_folder.path() / "model.safetensors.index.json",
            R"({"metadata": {"total_size": 8}, "weight_map": )" + weightMap + "}");
    }

    std::string refusal() const
    {
        try {
            const WeightFiles weights(m_folder.path());
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
};

TEST_F(WeightFilesTest, ReadsASingleFile)
{
    shard("model.safetensors", {{"b", 2}, {"a", 1}});
    const WeightFiles weights(m_folder.path());
    EXPECT_THAT(weights.names(), ElementsAre("a", "b"));
    float value = 0;
    weights.read("b", 0, std::span(&value, 1));
    EXPECT_EQ(value, 2);
}

TEST_F(WeightFilesTest, ReadsShardsByTheirIndex)
{
    shard("model-1.safetensors", {{"a", 1}});
    shard("model-2.safetensors", {{"b", 2}, {"unlisted", 3}});
    index(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})");
    const WeightFiles weights(m_folder.path());
    EXPECT_THAT(weights.names(), ElementsAre("a", "b", "unlisted")); // which readWeights() judges by its name
    float value = 0;
    weights.read("b", 0, std::span(&value, 1));
    EXPECT_EQ(value, 2);
    EXPECT_EQ(weights.bytes(), 12u);
}

TEST_F(WeightFilesTest, RefusesAFolderWithoutWeights)
{
    EXPECT_THAT(refusal(), HasSubstr("has neither model.safetensors nor"));
}

TEST_F(WeightFilesTest, RefusesAnIndexThatLeavesItsFolder)
{
    for (const char* file : {"../model-1.safetensors", "/etc/passwd", "sub/x.safetensors", "..\\\\x.safetensors",
             ".safetensors", "x.bin", ""}) {
        index(std::string(R"({"a": ")") + file + "\"}");
        EXPECT_THAT(refusal(), HasSubstr("only .safetensors files of the same folder")) << file;
    }
}

TEST_F(WeightFilesTest, RefusesAZeroByteInTheNameOfAShard)
{
    EXPECT_THROW(parseWeightIndex(R"({"weight_map": {"a": "x\u0000.safetensors"}})", "index"), InputError);
}

TEST_F(WeightFilesTest, RefusesAnIndexThatDoesNotFitItsShards)
{
    shard("model-1.safetensors", {{"a", 1}});
    index(R"({"a": "model-1.safetensors", "b": "model-1.safetensors"})");
    EXPECT_THAT(refusal(), HasSubstr("'b' is not in model-1.safetensors"));
    index(R"({"a": "model-2.safetensors"})");
    EXPECT_THAT(refusal(), HasSubstr("model-2.safetensors: cannot be opened"));
    index(R"({"a": "model-1.safetensors", "a": "model-1.safetensors"})");
    EXPECT_THAT(refusal(), HasSubstr("'a' stands twice"));
    index(R"({"a": 5})");
    EXPECT_THAT(refusal(), HasSubstr("a: is number, not a string"));
    index("{}");
    EXPECT_THAT(refusal(), HasSubstr("weight_map is empty"));
    index("[]");
    EXPECT_THAT(refusal(), HasSubstr("weight_map: is array, not an object"));
}

TEST_F(WeightFilesTest, RefusesATensorThatStandsInTwoShards)
{
    shard("model-1.safetensors", {{"a", 1}, {"b", 3}});
    shard("model-2.safetensors", {{"b", 2}});
    index(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})");
    EXPECT_THAT(refusal(), HasSubstr("'b' stands in another file of the model too"));
}

TEST_F(WeightFilesTest, RefusesATotalSizeThatIsNoSize)
{
    for (const char* size : {"-1", "1e30", "0.5", "\"8\"", "[]"}) {
        const std::string json
            = std::string(R"({"metadata": {"total_size": )") + size + R"(}, "weight_map": {"a": "x.safetensors"}})";
        EXPECT_THROW(parseWeightIndex(json, "index"), InputError) << size;
    }
    // Some published ones are written as a fraction, or are wrong.
    EXPECT_NO_THROW(
        parseWeightIndex(R"({"metadata": {"total_size": 8.0}, "weight_map": {"a": "x.safetensors"}})", "index"));
}

TEST_F(WeightFilesTest, RefusesLinksThatLeadOutOfTheFolder)
{
    namespace fs = std::filesystem;
    shard("elsewhere.safetensors", {{"a", 1}});
    const fs::path model = m_folder.path() / "model";
    fs::create_directory(model);
    fs::create_symlink(m_folder.path() / "elsewhere.safetensors", model / "model.safetensors");
    try {
        const WeightFiles weights(model);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("leads out of its folder"), HasSubstr("elsewhere.safetensors")));
    }
}

TEST_F(WeightFilesTest, FollowsTheLinksOfAHuggingFaceCache)
{
    namespace fs = std::filesystem;
    const fs::path snapshot = m_folder.path() / "snapshots" / "0123";
    fs::create_directories(snapshot);
    fs::create_directories(m_folder.path() / "blobs");
    shard("blobs/abc", {{"a", 1}});
    fs::create_symlink("../../blobs/abc", snapshot / "model.safetensors");
    EXPECT_TRUE(WeightFiles(snapshot).has("a"));
}

// The values that readWeights() hands out, put together, by index.
std::vector<std::vector<float>> given(const WeightFiles& weights, const std::vector<TensorShape>& expected)
{
    std::vector<std::vector<float>> tensors(expected.size());
    readWeights(weights, "model", expected, [&](std::size_t i, std::int64_t first, std::span<const float> values) {
        EXPECT_EQ(first, static_cast<std::int64_t>(tensors[i].size()));
        tensors[i].insert(tensors[i].end(), values.begin(), values.end());
    });
    return tensors;
}

TEST_F(WeightFilesTest, HandsOutLargeTensorsSomeRowsAtATime)
{
    std::vector<float> values(70 * 3001);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i);
    const std::vector<TensorShape> shapes{{"a", {70, 3001}}};
    SafetensorsWriter writer(m_folder.path() / "model.safetensors", shapes, TensorType::F32);
    writer.append(values);
    writer.finish();
    EXPECT_EQ(given(WeightFiles(m_folder.path()), shapes).front(), values);
}

TEST_F(WeightFilesTest, FindsATiedEmbeddingUnderEitherName)
{
    const std::vector<TensorShape> tied{{"model.embed_tokens.weight", {1}}};
    shard("model.safetensors", {{"model.embed_tokens.weight", 5}});
    EXPECT_THAT(given(WeightFiles(m_folder.path()), tied).front(), ElementsAre(5.0f));
    shard("model.safetensors", {{"lm_head.weight", 6}});
    EXPECT_THAT(given(WeightFiles(m_folder.path()), tied).front(), ElementsAre(6.0f));
    shard("model.safetensors", {{"lm_head.weight", 7}, {"model.embed_tokens.weight", 7}});
    EXPECT_THAT(given(WeightFiles(m_folder.path()), tied).front(), ElementsAre(7.0f));
}

TEST_F(WeightFilesTest, RefusesAHeadThatDiffersFromItsTiedEmbedding)
{
    shard("model.safetensors", {{"lm_head.weight", 8}, {"model.embed_tokens.weight", 7}});
    try {
        given(WeightFiles(m_folder.path()), {{"model.embed_tokens.weight", {1}}});
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("lm_head.weight: differs"), HasSubstr("tie_word_embeddings")));
    }
}

TEST_F(WeightFilesTest, DoesNotTakeTheEmbeddingForAMissingHead)
{
    shard("model.safetensors", {{"model.embed_tokens.weight", 7}});
    EXPECT_THROW(
        given(WeightFiles(m_folder.path()), {{"model.embed_tokens.weight", {1}}, {"lm_head.weight", {1}}}), InputError);
}

TEST_F(WeightFilesTest, HandsOutEveryExpectedTensor)
{
    shard("model.safetensors", {{"a", 1}, {"b", 2}, {"model.layers.0.self_attn.rotary_emb.inv_freq", 9}});
    const WeightFiles weights(m_folder.path());
    std::vector<std::pair<std::size_t, float>> given;
    readWeights(weights, "model", std::vector<TensorShape>{{"b", {1}}, {"a", {1}}},
        [&](std::size_t i, std::int64_t, std::span<const float> values) { given.emplace_back(i, values[0]); });
    EXPECT_THAT(given, ElementsAre(std::pair<std::size_t, float>{0, 2.0f}, std::pair<std::size_t, float>{1, 1.0f}));
}

TEST_F(WeightFilesTest, NamesEveryTensorThatDoesNotFit)
{
    shard("model.safetensors", {{"a", 1}, {"extra.bias", 2}});
    const WeightFiles weights(m_folder.path());
    try {
        readWeights(
            weights, "model", std::vector<TensorShape>{{"a", {1, 1}}, {"c", {1}}}, [](auto, auto, auto) { FAIL(); });
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(),
            AllOf(HasSubstr("model: a: has the shape [1], not [1, 1]"), HasSubstr("model: c: is missing"),
                HasSubstr("model: extra.bias: is not a tensor of this architecture")));
        EXPECT_EQ(error.problems().size(), 3u);
    }
}

} // namespace
} // namespace ahascope::formats
