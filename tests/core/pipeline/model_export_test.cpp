#include "core/pipeline/model_export.h"

#include <gtest/gtest.h>

#include "core/formats/file_bytes.h"
#include "core/pipeline/policy_model.h"
#include "core/problem.h"
#include "kernels/devices.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

namespace fs = std::filesystem;
using formats::TensorType;

const fs::path shipped = fs::path(AHASCOPE_SOURCE_DIR) / "resources/models/countdown-tiny";

class ModelExportTest : public testing::Test {
protected:
    test::TemporaryFolder m_folder;
    std::unique_ptr<kernels::Backend> m_backend = kernels::makeCpuBackend({.threads = 1});

    // All weights of a model folder or .gguf file, in their order.
    std::vector<float> weightsOf(const fs::path& path) const
    {
        const PolicyModel policy = loadPolicy(*m_backend, path, model::Gradients::None);
        std::vector<float> all;
        for (const model::NamedTensor& tensor : policy.parameters->tensors()) {
            std::vector<float> values(static_cast<std::size_t>(tensor.count()));
            policy.parameters->get(tensor, values);
            all.insert(all.end(), values.begin(), values.end());
        }
        return all;
    }
};

TEST_F(ModelExportTest, GoesToGgufAndBackWithTheSameWeightsAndFiles)
{
    exportModel(shipped, m_folder.path() / "x.gguf", {.format = ModelFormat::Gguf, .type = TensorType::F32});
    EXPECT_EQ(weightsOf(m_folder.path() / "x.gguf"), weightsOf(shipped));
    exportModel(m_folder.path() / "x.gguf", m_folder.path() / "back", {});
    EXPECT_EQ(weightsOf(m_folder.path() / "back"), weightsOf(shipped));
    const auto original = formats::readModelDescription(shipped);
    const auto back = formats::readModelDescription(m_folder.path() / "back");
    EXPECT_EQ(back.config, original.config);
    EXPECT_EQ(back.special, original.special);
    const std::string text = "Using the numbers [3, 19, 44], create an equation that equals 98. <think> 1 + 2\n";
    EXPECT_EQ(back.tokenizer->encode(text), original.tokenizer->encode(text));
}

TEST_F(ModelExportTest, DividesAFolderIntoShardsThatLoadAgain)
{
    exportModel(shipped, m_folder.path() / "sharded", {.maxShardBytes = 500'000});
    EXPECT_TRUE(fs::exists(m_folder.path() / "sharded/model.safetensors.index.json"));
    EXPECT_EQ(weightsOf(m_folder.path() / "sharded"), weightsOf(shipped));
    for (const char* name : {"generation_config.json", "tokenizer_config.json"})
        EXPECT_EQ(
            formats::readFile(m_folder.path() / "sharded" / name, 1 << 20), formats::readFile(shipped / name, 1 << 20));
}

TEST_F(ModelExportTest, RefusesAFolderThatIsDamagedAndLeavesNothingBehind)
{
    const fs::path damaged = m_folder.path() / "damaged";
    fs::copy(shipped, damaged, fs::copy_options::recursive);
    fs::resize_file(damaged / "model.safetensors", fs::file_size(damaged / "model.safetensors") - 4);
    EXPECT_THROW(exportModel(damaged, m_folder.path() / "x.gguf", {.format = ModelFormat::Gguf}), InputError);
    EXPECT_EQ(m_folder.entries(), 1u);
}

} // namespace
} // namespace ahascope::pipeline
