#include "core/pipeline/model_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/atomic_file.h"
#include "core/pipeline/model_export.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

namespace fs = std::filesystem;
using formats::writeFileAtomically;
using testing::HasSubstr;

const fs::path shipped = fs::path(AHASCOPE_SOURCE_DIR) / "resources/models/countdown-tiny";

class ModelListingTest : public testing::Test {
protected:
    test::TemporaryFolder m_temporary;
    fs::path m_root = fs::canonical(m_temporary.path());

    fs::path put(const std::string& name) // a copy of the shipped model
    {
        fs::create_directories((m_root / name).parent_path());
        fs::copy(shipped, m_root / name, fs::copy_options::recursive);
        return m_root / name;
    }
    std::vector<ModelListing> find() const { return findModels({.places = {m_root}}); }
};

TEST_F(ModelListingTest, SaysWhatAModelIs)
{
    const ModelListing model = listModel(shipped);
    EXPECT_EQ(model.problem, "");
    EXPECT_EQ(model.name, "countdown-tiny");
    EXPECT_EQ(model.family, "qwen2");
    EXPECT_GT(model.parameters, 500'000);
    EXPECT_EQ(model.context, 512);
    EXPECT_GT(model.vocabulary, 100);
    EXPECT_EQ(model.license, "gpl-3.0");
    EXPECT_GT(model.bytes, 500'000u);
    EXPECT_FALSE(model.chatTemplate);
    EXPECT_GT(model.needs.inference, 0u);
    EXPECT_LT(model.needs.lora, model.needs.training);
}

TEST_F(ModelListingTest, FindsFoldersAndGgufFiles)
{
    put("a/b/model");
    exportModel(shipped, m_root / "x.gguf", {.format = ModelFormat::Gguf, .type = formats::TensorType::Q8_0});
    writeFileAtomically(put("with-template") / "chat_template.jinja", "{{ messages }}");
    const std::vector<ModelListing> models = find();
    ASSERT_EQ(models.size(), 3u);
    EXPECT_EQ(models[0].path, m_root / "a/b/model");
    EXPECT_EQ(models[1].name, "with-template");
    EXPECT_TRUE(models[1].chatTemplate);
    EXPECT_EQ(models[2].name, "x.gguf");
    EXPECT_EQ(models[2].problem, "");
    EXPECT_EQ(models[2].dtype, "Q8_0");
    EXPECT_EQ(models[2].parameters, models[0].parameters);
    EXPECT_LT(models[2].bytes, models[0].bytes);
}

TEST_F(ModelListingTest, ListsWhatItCannotUseWithTheReason)
{
    writeFileAtomically(put("gemma") / "config.json", R"({"model_type": "gemma"})");
    fs::remove(put("no-weights") / "model.safetensors");
    fs::remove(put("no-tokenizer") / "tokenizer.json");
    writeFileAtomically(put("damaged") / "config.json", "{");
    writeFileAtomically(m_root / "junk.gguf", "GGML");
    fs::create_directory(m_root / "elsewhere");
    writeFileAtomically(m_root / "elsewhere/config.json", R"({"editor": "vi"})"); // not a model's
    std::map<std::string, std::string> problems;
    for (const ModelListing& model : find()) {
        problems[model.name] = model.problem;
        EXPECT_EQ(model.needs.inference, 0u);
    }
    EXPECT_EQ(problems.size(), 5u);
    EXPECT_THAT(problems["gemma"], HasSubstr("'gemma' is not supported"));
    EXPECT_THAT(problems["no-weights"], HasSubstr("neither model.safetensors"));
    EXPECT_THAT(problems["no-tokenizer"], HasSubstr("no tokenizer.json"));
    EXPECT_THAT(problems["damaged"], HasSubstr("is not JSON"));
    EXPECT_THAT(problems["junk.gguf"], HasSubstr("does not begin with"));
}

TEST_F(ModelListingTest, ReadsAHuggingFaceCacheThroughItsLinks)
{
    const fs::path repository = m_root / "models--org--tiny-model";
    fs::create_directories(repository / "blobs");
    fs::create_directories(repository / "snapshots/0123");
    int blob = 0;
    for (const auto& file : fs::directory_iterator(shipped)) {
        const std::string name = std::to_string(blob++);
        fs::copy(file.path(), repository / "blobs" / name);
        fs::create_symlink(fs::path("../../blobs") / name, repository / "snapshots/0123" / file.path().filename());
    }
    const std::vector<ModelListing> models = find();
    ASSERT_EQ(models.size(), 1u);
    EXPECT_EQ(models[0].name, "org/tiny-model");
    EXPECT_EQ(models[0].problem, "");
    EXPECT_EQ(models[0].license, "gpl-3.0");
}

TEST_F(ModelListingTest, KeepsToItsBounds)
{
    put("1/2/3/model");
    put("other");
    fs::create_directory_symlink(m_root, m_root / "1/loop");
    put(".hidden/model");
    EXPECT_EQ(find().size(), 2u);
    EXPECT_EQ(findModels({.places = {m_root}, .maxDepth = 3}).size(), 1u);
    EXPECT_EQ(findModels({.places = {m_root}, .maxModels = 1}).size(), 1u);
    EXPECT_EQ(findModels({.places = {m_root}, .maxEntries = 1}).size(), 0u);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(findModels({.places = {m_root}}, stop.get_token()).empty());
}

TEST_F(ModelListingTest, ListsEachModelOnce)
{
    put("model");
    EXPECT_EQ(findModels({.places = {m_root, m_root / "model", m_root / "nowhere"}}).size(), 1u);
}

} // namespace
} // namespace ahascope::pipeline
