// Every family and every scaling of the rotary embedding against transformers: see make_architecture_golden.py.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <numeric>

#include "core/formats/file_bytes.h"
#include "core/formats/model_config_json.h"
#include "core/model/decoder.h"
#include "kernels/devices.h"
#include "tests/parity/golden_file.h"

namespace ahascope::parity {
namespace {

using kernels::Tensor;

constexpr const char* folder = "architecture_golden";
constexpr int directions = 3;

std::filesystem::path goldenFolder()
{
    return std::filesystem::path(AHASCOPE_SOURCE_DIR) / "tests" / "parity" / folder;
}

std::vector<std::string> models()
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(goldenFolder()))
        if (entry.path().extension() == ".json")
            names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

// From -1 to 1 in steps of 1/128: the script's formula().
std::vector<float> formula(const std::string& name, std::int64_t count)
{
    std::uint32_t seed = 2166136261u;
    for (const char c : name)
        seed = (seed ^ static_cast<unsigned char>(c)) * 16777619u;
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) {
        std::uint32_t x = seed + static_cast<std::uint32_t>(i) * 2654435761u;
        x = (x ^ x >> 16) * 0x85EBCA6Bu;
        x = (x ^ x >> 13) * 0xC2B2AE35u;
        x ^= x >> 16;
        values.push_back((static_cast<float>(x >> 24) - 128.0f) / 128.0f);
    }
    return values;
}

void fill(model::Parameters& parameters)
{
    parameters.forEachTensor([&](const model::NamedTensor& tensor) {
        std::vector<float> values = formula(tensor.name, tensor.count());
        for (float& value : values) {
            if (tensor.name.find("norm") != std::string::npos)
                value = 1.0f + value / 4.0f;
            else if (tensor.name.find("embed_tokens") == std::string::npos)
                value /= 4.0f;
        }
        parameters.set(tensor, values);
    });
    parameters.commit();
}

std::vector<std::int32_t> integers(const std::vector<float>& values)
{
    return {values.begin(), values.end()};
}

class FamilyParity : public testing::TestWithParam<std::string> {
protected:
    model::ModelConfig config() const
    {
        const std::filesystem::path path = goldenFolder() / (GetParam() + ".json");
        return formats::parseModelConfig(formats::readFile(path, 1 << 20), path.string());
    }

    // All logits after one row of the last forward pass.
    std::vector<float> logitsOf(const model::Parameters& parameters, const model::Decoder& decoder, std::int64_t row)
    {
        const std::int64_t vocabulary = parameters.config().vocabSize;
        std::vector<float> logits(static_cast<std::size_t>(vocabulary));
        const kernels::Buffer memory = backend->allocate(logits.size() * sizeof(float));
        const Tensor out{memory.get(), kernels::DType::F32, 1, vocabulary, vocabulary};
        backend->linear(out, decoder.hidden().rowRange(row, 1), parameters.head(), {});
        backend->download(logits.data(), out);
        return logits;
    }

    std::unique_ptr<kernels::Backend> backend = kernels::makeCpuBackend({.threads = 2});
};

TEST_P(FamilyParity, EveryLogitIsTransformers)
{
    const Golden golden = readGolden(GetParam(), folder);
    model::Parameters parameters(*backend, config(), model::Gradients::None);
    fill(parameters);
    model::PackedBatch batch;
    batch.addSequence(integers(golden.at("ids")));
    model::Decoder decoder(*backend, parameters.config(),
        {.tokens = batch.rows(), .outputs = 0, .positions = batch.rows(), .training = false});
    decoder.forward(parameters, batch);
    double largest = 0;
    auto expected = golden.at("logits").begin();
    for (const std::int32_t row : integers(golden.at("rows"))) {
        for (const float logit : logitsOf(parameters, decoder, row)) {
            const double difference = std::abs(double{logit} - double{*expected++});
            largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
        }
    }
    ASSERT_EQ(expected, golden.at("logits").end());
    EXPECT_LE(largest, 1e-4);
    std::cout << "largest difference of a logit, " << GetParam() << ": " << largest << "\n";
}

class FamilyGradient : public FamilyParity { };

// Of each gradient its length and its projections on a few directions, so that every entry counts and few are stored.
TEST_P(FamilyGradient, IsPyTorchs)
{
    const Golden golden = readGolden(GetParam(), folder);
    model::Parameters parameters(*backend, config(), model::Gradients::Kept);
    fill(parameters);
    const std::vector<std::int32_t> ids = integers(golden.at("ids"));
    model::PackedBatch batch;
    batch.addSequence(ids);
    for (std::size_t i = 1; i < ids.size(); ++i)
        batch.addOutput(static_cast<std::int64_t>(i) - 1, ids[i]);
    model::Decoder decoder(*backend, parameters.config(),
        {.tokens = batch.rows(), .outputs = batch.outputs(), .positions = batch.rows(), .training = true});
    std::vector<float> logProbs(ids.size() - 1);
    const std::vector<float> dLogProbs(logProbs.size(), -1.0f / static_cast<float>(logProbs.size()));
    decoder.forward(parameters, batch);
    decoder.logProbs(parameters, 1.0f, logProbs, {});
    parameters.clearGradients();
    decoder.backward(parameters, dLogProbs, {});
    parameters.forEachTensor([&](const model::NamedTensor& tensor) {
        const std::vector<float>& expected = golden.at("gradient/" + tensor.name);
        std::vector<float> gradient(static_cast<std::size_t>(tensor.count()));
        parameters.getGradient(tensor, gradient);
        const auto along = [&](const std::vector<float>& other) {
            return std::inner_product(gradient.begin(), gradient.end(), other.begin(), 0.0);
        };
        ASSERT_GT(expected.at(0), 0.0f);
        EXPECT_NEAR(std::sqrt(along(gradient)), expected.at(0), 2e-5 * expected.at(0)) << tensor.name;
        for (int k = 0; k < directions; ++k)
            EXPECT_NEAR(along(formula(std::to_string(k) + "/" + tensor.name, tensor.count())), expected.at(1 + k),
                2e-5 * expected.at(0))
                << tensor.name;
    });
}

INSTANTIATE_TEST_SUITE_P(
    Models, FamilyParity, testing::ValuesIn(models()), [](const auto& info) { return info.param; });
// The others differ in their angles alone.
INSTANTIATE_TEST_SUITE_P(Models, FamilyGradient, testing::Values("llama_bias", "mistral", "qwen2_window", "qwen3"),
    [](const auto& info) { return info.param; });

} // namespace
} // namespace ahascope::parity
