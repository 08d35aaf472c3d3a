// The engine on the emulated GPU: forward, backward, generation and updates as on the processor.
#include "cuda_runtime.h"

#include "core/model/decoder.h"
#include "core/train/supervised_trainer.h"
#include "tests/core/train/trainer_support.h"
#include "tests/emulation/two_sides.h"

namespace ahascope::train {
namespace {

using kernels::DType;
using kernels::Values;

std::unique_ptr<kernels::Backend> makeCpu()
{
    return kernels::makeCpuBackend({.threads = 1});
}
std::unique_ptr<kernels::Backend> makeGpu()
{
    return std::make_unique<kernels::CudaBackend>(0);
}

class EngineOnTheGpu : public ::testing::TestWithParam<bool> {
protected:
    DType stored() const { return GetParam() ? DType::BF16 : DType::F32; }
    double tolerance() const { return GetParam() ? 3e-2 : 2e-5; }
};
INSTANTIATE_TEST_SUITE_P(Emulated, EngineOnTheGpu, ::testing::Bool(),
    [](const ::testing::TestParamInfo<bool>& info) { return info.param ? "Bf16" : "F32"; });

struct Variant {
    const char* name;
    model::ModelConfig config;
    bool checkpointing = false;
    bool lora = false;
};

std::vector<Variant> variants()
{
    model::ModelConfig tied = model::tinyConfig();
    tied.tieEmbeddings = true;
    tied.attentionBias = true;
    return {{"plain", model::tinyConfig()}, {"tied, checkpointing", tied, true},
        {"QK-norm, bias, window", model::tinyConfigWithOptions()}, {"LoRA", model::tinyConfig(), false, true}};
}

model::PackedBatch sharedPromptBatch()
{
    model::PackedBatch batch;
    const std::size_t prompt = batch.addSequence(std::vector<std::int32_t>{3, 1, 4, 1, 5});
    batch.addCompletion(prompt, std::vector<std::int32_t>{9, 2, 6});
    batch.addCompletion(prompt, std::vector<std::int32_t>{5, 3, 5, 8, 9});
    const std::int64_t alone = batch.rows();
    batch.addSequence(std::vector<std::int32_t>{7, 9, 3, 2, 3, 8, 4, 6, 2, 6});
    for (std::int64_t i = 0; i + 1 < batch.rows() - alone; ++i)
        batch.addOutput(alone + i, batch.ids[static_cast<std::size_t>(alone + i + 1)]);
    return batch;
}

struct PassResult {
    std::vector<float> logProbs;
    std::vector<float> entropies;
    std::vector<float> gradients;
};

PassResult runPass(std::unique_ptr<kernels::Backend> backend, const Variant& variant, DType stored)
{
    const auto lora = variant.lora ? std::optional(model::allLinear(4)) : std::nullopt;
    model::Parameters parameters(*backend, variant.config, model::Gradients::Kept, lora, stored);
    model::fillRandomly(parameters, 5);
    if (variant.lora)
        model::fillAdapterRandomly(parameters, 6);
    const model::PackedBatch batch = sharedPromptBatch();
    model::Decoder decoder(*backend, variant.config,
        {.tokens = batch.rows(),
            .outputs = batch.outputs(),
            .positions = 64,
            .training = true,
            .checkpointing = variant.checkpointing,
            .rows = backend->rowType(stored)});
    PassResult result;
    const auto outputs = static_cast<std::size_t>(batch.outputs());
    result.logProbs.resize(outputs);
    result.entropies.resize(outputs);
    decoder.forward(parameters, batch);
    decoder.logProbs(parameters, 0.9f, result.logProbs, result.entropies);
    std::vector<float> dLogProbs, dEntropies;
    for (std::size_t i = 0; i < outputs; ++i) {
        dLogProbs.push_back(0.3f - 0.1f * static_cast<float>(i % 5));
        dEntropies.push_back(0.05f * static_cast<float>(i % 3));
    }
    decoder.backward(parameters, dLogProbs, dEntropies);
    result.gradients.resize(static_cast<std::size_t>(parameters.trained().count()));
    backend->download(result.gradients.data(), parameters.trained().flatGradients());
    return result;
}

void expectNear(
    const std::vector<float>& actual, const std::vector<float>& expected, double tolerance, const std::string& what)
{
    kernels::expectClose(actual, Values(expected.begin(), expected.end()), tolerance, what);
}

TEST_P(EngineOnTheGpu, ForwardAndBackwardPassAgreeWithTheProcessor)
{
    for (const Variant& variant : variants()) {
        const PassResult expected = runPass(makeCpu(), variant, stored());
        const PassResult actual = runPass(makeGpu(), variant, stored());
        expectNear(actual.logProbs, expected.logProbs, tolerance(), variant.name);
        expectNear(actual.entropies, expected.entropies, tolerance(), variant.name);
        expectNear(actual.gradients, expected.gradients, tolerance(), variant.name);
    }
}

// Sampler and trainer are one model: what is sampled on the GPU has there the log-probabilities that it was sampled
// with.
TEST_P(EngineOnTheGpu, WhatIsSampledIsWhatIsTrained)
{
    const auto backend = makeGpu();
    model::Parameters policy(*backend, model::tinyConfigWithOptions(), model::Gradients::Kept, std::nullopt, stored());
    model::fillRandomly(policy, 5);
    std::vector<PolicyGroup> groups = sampleGroups(*backend, policy, 0.9f);
    PolicyTrainerOptions options;
    options.temperature = 0.9f;
    options.tokenBudget = 128;
    options.maxSequenceTokens = 64;
    PolicyTrainer trainer(*backend, policy, options);
    const UpdateResult result = trainer.update({.groups = groups, .items = 0, .fresh = true});
    EXPECT_TRUE(result.applied);
    EXPECT_LE(result.metrics.at("sampler_trainer_logprob_gap"), GetParam() ? 2e-3 : 1e-6);
}

TEST_P(EngineOnTheGpu, AGrpoUpdateMakesTheSameWeights)
{
    std::vector<PolicyGroup> groups;
    std::vector<std::vector<float>> weights;
    std::vector<double> norms;
    for (const bool onGpu : {false, true}) {
        const auto backend = onGpu ? makeGpu() : makeCpu();
        model::Parameters policy(*backend, model::tinyConfig(), model::Gradients::Kept);
        model::fillRandomly(policy, 5);
        if (groups.empty())
            groups = sampleGroups(*backend, policy, 1.0f);
        PolicyTrainerOptions options;
        options.loss.beta = 0.05;
        options.schedule = {.type = SchedulerType::Constant, .learningRate = 1e-3};
        options.tokenBudget = 96;
        options.maxSequenceTokens = 64;
        PolicyTrainer trainer(*backend, policy, options);
        for (int step = 0; step < 2; ++step) {
            const UpdateResult result = trainer.update({.groups = groups, .items = 0});
            ASSERT_TRUE(result.applied);
            norms.push_back(result.metrics.at("grad_norm"));
        }
        weights.push_back(allValues(policy));
    }
    EXPECT_NEAR(norms[2], norms[0], 1e-4 * norms[0]);
    EXPECT_NEAR(norms[3], norms[1], 1e-4 * norms[1]);
    // AdamW's first steps are signs of gradients times the rate: those of gradients near zero may differ.
    double sum = 0;
    for (std::size_t i = 0; i < weights[0].size(); ++i)
        sum += std::abs(double(weights[1][i]) - weights[0][i]);
    EXPECT_LE(sum / double(weights[0].size()), 1e-5);
}

TEST_P(EngineOnTheGpu, SupervisedUpdatesLowerTheLossAsOnTheProcessor)
{
    std::vector<std::vector<double>> losses;
    for (const bool onGpu : {false, true}) {
        const auto backend = onGpu ? makeGpu() : makeCpu();
        model::Parameters policy(*backend, model::tinyConfig(), model::Gradients::Kept, std::nullopt, stored());
        model::fillRandomly(policy, 5);
        SupervisedTrainerOptions options;
        options.optimizer.type = OptimizerType::AdamW8bit;
        options.schedule = {.type = SchedulerType::Constant, .learningRate = 1e-2};
        options.maxSequenceTokens = 16;
        SupervisedTrainer trainer(*backend, policy, options);
        const std::vector<SupervisedExample> batch
            = {{{1, 2, 3, 4, 5, 6}, {}}, {{7, 8, 9, 1, 2}, {false, false, true, true, true}}};
        std::vector<double>& of = losses.emplace_back();
        for (int step = 0; step < 3; ++step)
            of.push_back(trainer.update(batch).metrics.at("loss"));
    }
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_NEAR(losses[1][i], losses[0][i], (GetParam() ? 3e-2 : 1e-3) * losses[0][i]);
    EXPECT_LT(losses[1][2], losses[1][0]);
}

TEST(EngineOnTheGpuInF32, GeneratesTheSameTokensAsTheProcessor)
{
    std::vector<std::vector<PolicyGroup>> sampled;
    for (const bool onGpu : {false, true}) {
        const auto backend = onGpu ? makeGpu() : makeCpu();
        model::Parameters policy(*backend, model::tinyConfig(), model::Gradients::None);
        model::fillRandomly(policy, 5);
        sampled.push_back(sampleGroups(*backend, policy, 1.0f));
    }
    for (std::size_t g = 0; g < sampled[0].size(); ++g) {
        for (std::size_t i = 0; i < sampled[0][g].samples.size(); ++i) {
            const PolicySample& expected = sampled[0][g].samples[i];
            const PolicySample& actual = sampled[1][g].samples[i];
            EXPECT_EQ(actual.tokens, expected.tokens);
            expectNear(actual.logProbs, expected.logProbs, 1e-5, "log-probabilities");
        }
    }
}

// Kernels without races give the same bits whatever threads come first.
TEST(ThreadOrder, ChangesNoBitOfAWholeUpdate)
{
    std::vector<std::vector<float>> weights;
    for (const emulation::Order order :
        {emulation::Order::Forward, emulation::Order::Backward, emulation::Order::Shuffled}) {
        emulation::setThreadOrder(order);
        kernels::CudaBackend backend(0);
        model::Parameters policy(
            backend, model::tinyConfigWithOptions(), model::Gradients::Kept, std::nullopt, DType::BF16);
        model::fillRandomly(policy, 5);
        std::vector<PolicyGroup> groups = sampleGroups(backend, policy, 1.0f);
        PolicyTrainerOptions options;
        options.schedule = {.type = SchedulerType::Constant, .learningRate = 1e-2};
        options.tokenBudget = 128;
        options.maxSequenceTokens = 64;
        PolicyTrainer trainer(backend, policy, options);
        trainer.update({.groups = groups, .items = 0});
        std::vector<std::uint8_t> bytes(policy.trained().bytes().bytes());
        backend.download(bytes.data(), policy.trained().bytes());
        weights.emplace_back(bytes.begin(), bytes.end());
    }
    emulation::setThreadOrder(emulation::Order::Forward);
    EXPECT_EQ(weights[1], weights[0]);
    EXPECT_EQ(weights[2], weights[0]);
}

} // namespace
} // namespace ahascope::train
