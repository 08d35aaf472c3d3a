// Models made from nothing, of every family.
#include "core/pipeline/base_model.h"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/formats/file_bytes.h"
#include "kernels/devices.h"
#include "tests/end_to_end/tiny_experiment.h"
#include "tests/support/temporary_folder.h"

namespace ahascope::pipeline {
namespace {

using nlohmann::json;

struct NewFamily {
    const char* name;
    std::int64_t slidingWindow;
    const char* tensorOfItsOwn; // that not every family has; or empty
    json keys;                  // of config.json
};

std::ostream& operator<<(std::ostream& out, const NewFamily& family)
{
    return out << family.name << " with a window of " << family.slidingWindow;
}

config::Experiment experimentWith(const NewFamily& family)
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.model.create->family = family.name;
    experiment.model.create->slidingWindow = family.slidingWindow;
    experiment.model.create->headDim = 24; // not hidden_size / heads
    return experiment;
}

class NewModelOfFamily : public testing::TestWithParam<NewFamily> {
protected:
    std::unique_ptr<kernels::Backend> m_backend = kernels::makeCpuBackend({.threads = 1});
    PolicyModel m_model = baseModel(experimentWith(GetParam()), *m_backend);
    test::TemporaryFolder m_folder;
};

TEST_P(NewModelOfFamily, IsSavedAsTransformersNamesIt)
{
    savePolicy(m_model, m_folder.path(), formats::TensorType::F32);
    const json written = json::parse(formats::readFile(m_folder.path() / "config.json", 1 << 20));
    EXPECT_EQ(written["model_type"], GetParam().name);
    EXPECT_EQ(written["head_dim"], 24);
    for (const auto& [key, value] : GetParam().keys.items())
        EXPECT_EQ(written.value(key, json("no such key")), value) << key;
}

TEST_P(NewModelOfFamily, IsReadBackAsItWasMade)
{
    savePolicy(m_model, m_folder.path(), formats::TensorType::F32);
    const PolicyModel back = loadPolicy(*m_backend, m_folder.path(), model::Gradients::None);
    EXPECT_EQ(back.config, m_model.config);
    for (const model::NamedTensor& tensor : m_model.parameters->tensors()) {
        std::vector<float> made(static_cast<std::size_t>(tensor.count())), read = made;
        m_model.parameters->get(tensor, made);
        back.parameters->get(*back.parameters->find(tensor.name), read);
        EXPECT_EQ(made, read) << tensor.name;
    }
}

TEST_P(NewModelOfFamily, HasTheTensorsOfItsFamilyAlone)
{
    const std::string layer = "model.layers.0.self_attn.";
    for (const char* tensor : {"q_proj.bias", "q_norm.weight"})
        EXPECT_EQ(m_model.parameters->find(layer + tensor) != nullptr, GetParam().tensorOfItsOwn == std::string(tensor))
            << tensor;
}

INSTANTIATE_TEST_SUITE_P(Families, NewModelOfFamily,
    testing::Values(
        NewFamily{"qwen2", 0, "q_proj.bias", {{"architectures", {"Qwen2ForCausalLM"}}, {"use_sliding_window", false}}},
        NewFamily{
            "qwen2", 8, "q_proj.bias", {{"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 0}}},
        NewFamily{"qwen3", 0, "q_norm.weight",
            {{"architectures", {"Qwen3ForCausalLM"}}, {"attention_bias", false}, {"use_sliding_window", false}}},
        NewFamily{"qwen3", 8, "q_norm.weight",
            {{"use_sliding_window", true}, {"sliding_window", 8}, {"max_window_layers", 0}}},
        NewFamily{
            "llama", 0, "", {{"architectures", {"LlamaForCausalLM"}}, {"attention_bias", false}, {"mlp_bias", false}}},
        NewFamily{"mistral", 0, "", {{"architectures", {"MistralForCausalLM"}}, {"sliding_window", nullptr}}},
        NewFamily{"mistral", 8, "", {{"sliding_window", 8}}}),
    [](const auto& info) { return info.param.name + std::string(info.param.slidingWindow > 0 ? "WithWindow" : ""); });

TEST(NewModel, BeginsWithTheDeviationAskedFor)
{
    config::Experiment experiment = test::tinyExperiment();
    experiment.model.create->initializerRange = 0.3;
    experiment.model.create->hiddenSize = 256;
    const auto backend = kernels::makeCpuBackend({.threads = 1});
    const PolicyModel model = baseModel(experiment, *backend);
    const model::NamedTensor& tensor = *model.parameters->find("model.layers.0.mlp.up_proj.weight");
    std::vector<float> values(static_cast<std::size_t>(tensor.count()));
    model.parameters->get(tensor, values);
    double squares = 0;
    for (const float value : values)
        squares += double{value} * value;
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(values.size())), 0.3, 0.01);
}

} // namespace
} // namespace ahascope::pipeline
