#include "core/formats/weight_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/problem.h"
#include "tests/core/formats/temporary_folder.h"

namespace ahascope::formats {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class WeightFilesTest : public testing::Test {
protected:
    TemporaryFolder m_folder;

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
    weights.read("b", std::span(&value, 1));
    EXPECT_EQ(value, 2);
}

TEST_F(WeightFilesTest, ReadsShardsByTheirIndex)
{
    shard("model-1.safetensors", {{"a", 1}});
    shard("model-2.safetensors", {{"b", 2}, {"unnamed", 3}});
    index(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})");
    const WeightFiles weights(m_folder.path());
    EXPECT_THAT(weights.names(), ElementsAre("a", "b"));
    float value = 0;
    weights.read("b", std::span(&value, 1));
    EXPECT_EQ(value, 2);
}

TEST_F(WeightFilesTest, RefusesAFolderWithoutWeights)
{
    EXPECT_THAT(refusal(), HasSubstr("has neither model.safetensors nor"));
}

TEST_F(WeightFilesTest, RefusesAnIndexThatLeavesItsFolder)
{
    for (const char* file :
        {"../model-1.safetensors", "/etc/passwd", "sub/x.safetensors", ".safetensors", "x.bin", ""}) {
        index(std::string(R"({"a": ")") + file + "\"}");
        EXPECT_THAT(refusal(), HasSubstr("only .safetensors files of the same folder")) << file;
    }
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

TEST_F(WeightFilesTest, HandsOutEveryExpectedTensor)
{
    shard("model.safetensors",
        {{"a", 1}, {"b", 2}, {"model.layers.0.self_attn.rotary_emb.inv_freq", 9}, {"lm_head.weight", 1}});
    const WeightFiles weights(m_folder.path());
    std::vector<std::pair<std::size_t, float>> given;
    readWeights(weights, "model", std::vector<TensorShape>{{"b", {1}}, {"a", {1}}},
        [&](std::size_t i, std::span<const float> values) { given.emplace_back(i, values[0]); });
    EXPECT_THAT(given, ElementsAre(std::pair<std::size_t, float>{0, 2.0f}, std::pair<std::size_t, float>{1, 1.0f}));
}

TEST_F(WeightFilesTest, NamesEveryTensorThatDoesNotFit)
{
    shard("model.safetensors", {{"a", 1}, {"extra.bias", 2}});
    const WeightFiles weights(m_folder.path());
    try {
        readWeights(weights, "model", std::vector<TensorShape>{{"a", {1, 1}}, {"c", {1}}}, [](auto, auto) { FAIL(); });
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
