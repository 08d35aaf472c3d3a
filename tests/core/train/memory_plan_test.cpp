#include "core/train/memory_plan.h"

#include <gtest/gtest.h>

#include "core/train/training_core.h"
#include "kernels/devices.h"
#include "tests/core/model/tiny_model.h"

namespace ahascope::train {
namespace {

PlannedRun tinyRun()
{
    return {.model = model::tinyConfig(),
        .reference = true,
        .tokenBudget = 200,
        .maxSequenceTokens = 64,
        .rollout = {.slots = 4, .maxPromptTokens = 20, .maxNewTokens = 30}};
}

TEST(MemoryPlan, AddsUpToTheTotal)
{
    const MemoryPlan plan = planMemory(tinyRun());
    EXPECT_GE(plan.weights, static_cast<std::size_t>(model::parameterCount(model::tinyConfig())) * 4);
    EXPECT_EQ(plan.optimizer, 2 * plan.gradients);
    EXPECT_GT(plan.reference, 0U);
    EXPECT_GT(plan.activations, 0U);
    const std::size_t parts = plan.weights + plan.gradients + plan.optimizer + plan.reference + plan.activations
        + plan.keysAndValues + plan.generation;
    EXPECT_EQ(plan.total, parts);
}

TEST(MemoryPlan, GrowsWithTheBudgetAndTheSlots)
{
    const MemoryPlan base = planMemory(tinyRun());
    PlannedRun more = tinyRun();
    more.tokenBudget *= 2;
    more.rollout.slots *= 2;
    const MemoryPlan larger = planMemory(more);
    EXPECT_NEAR(static_cast<double>(larger.activations), 2.0 * static_cast<double>(base.activations),
        0.05 * static_cast<double>(larger.activations));
    EXPECT_EQ(larger.keysAndValues, 2 * base.keysAndValues);
    EXPECT_EQ(larger.weights, base.weights);
}

TEST(MemoryPlan, LeavesOutWhatTheRunDoesNotDo)
{
    PlannedRun run = tinyRun();
    run.reference = false;
    run.tokenBudget = 0;
    run.rollout.maxNewTokens = 0;
    const MemoryPlan plan = planMemory(run);
    EXPECT_EQ(plan.gradients + plan.optimizer + plan.reference + plan.activations, 0U);
    EXPECT_EQ(plan.keysAndValues + plan.generation, 0U);
    EXPECT_EQ(plan.total, plan.weights);
}

// Qwen2.5-0.5B with AdamW in fp32: 16 bytes per parameter.
TEST(MemoryPlan, TellsTheSizeOfRealModelsWithoutTakingIt)
{
    model::ModelConfig config;
    config.vocabSize = 151936;
    config.hiddenSize = 896;
    config.intermediateSize = 4864;
    config.layers = 24;
    config.heads = 14;
    config.kvHeads = 2;
    config.headDim = 64;
    config.maxPositions = 32768;
    const MemoryPlan plan = planMemory({.model = config,
        .reference = false,
        .tokenBudget = 4096,
        .maxSequenceTokens = 1024,
        .rollout = {.slots = 64, .maxPromptTokens = 256, .maxNewTokens = 512}});
    const double parameters = 494'032'768;
    EXPECT_NEAR(static_cast<double>(plan.gradients + plan.optimizer), 12 * parameters, 1e6);
    // 24 KiB per token in fp32, 64 slots of at most 256 + 512 tokens.
    EXPECT_NEAR(static_cast<double>(plan.keysAndValues), 64.0 * 768 * 24 * 1024, 3e7);
}

TEST(MemoryPlan, CountsMatricesInBf16AsHalf)
{
    const MemoryPlan wide = planMemory(tinyRun());
    PlannedRun run = tinyRun();
    run.stored = kernels::DType::BF16;
    const MemoryPlan narrow = planMemory(run);
    EXPECT_LT(narrow.weights, wide.weights * 11 / 20); // norms and biases stay
    EXPECT_LT(narrow.reference, wide.reference * 11 / 20);
    EXPECT_EQ(narrow.gradients, wide.gradients);
    EXPECT_EQ(narrow.optimizer, wide.optimizer);
    EXPECT_EQ(narrow.activations, wide.activations);
}

model::ModelConfig qwen(std::int64_t hidden, std::int64_t inner, std::int64_t heads, std::int64_t kvHeads,
    std::int64_t vocabulary, bool tied)
{
    model::ModelConfig config;
    config.vocabSize = vocabulary;
    config.hiddenSize = hidden;
    config.intermediateSize = inner;
    config.layers = 28;
    config.heads = heads;
    config.kvHeads = kvHeads;
    config.headDim = 128;
    config.maxPositions = 32768;
    config.tieEmbeddings = tied;
    return config;
}

// Groups of eight, 512 tokens of prompt and 1,024 of completion, on a GPU of 24 GB of which a gigabyte is the system's.
PlannedRun runOnGpu(const model::ModelConfig& config)
{
    return {.device = kernels::PlannedDevice::Gpu,
        .model = config,
        .stored = kernels::DType::BF16,
        .tokenBudget = 3072,
        .maxSequenceTokens = 1536,
        .gradientCheckpointing = true,
        .optimizerIn8bit = true,
        .rollout = {.slots = 64, .maxPromptTokens = 512, .maxNewTokens = 1024}};
}
constexpr std::size_t of24GB = std::size_t(23) << 30;

TEST(MemoryPlan, AModelOf1500MillionParametersTrainsInFullOn24GB)
{
    const MemoryPlan plan = planMemory(runOnGpu(qwen(1536, 8960, 12, 2, 151936, true)));
    EXPECT_LT(plan.total, of24GB);
    const double parameters = 1'543'714'304;
    EXPECT_NEAR(static_cast<double>(plan.weights), 2 * parameters, 0.01 * parameters); // norms and biases are F32
    EXPECT_NEAR(static_cast<double>(plan.gradients), 4 * parameters, 0.01 * parameters);
    EXPECT_NEAR(static_cast<double>(plan.optimizer), 2 * parameters, 0.1 * parameters);
    // 28 KiB per token.
    EXPECT_NEAR(static_cast<double>(plan.keysAndValues), 64.0 * 1536 * 28 * 1024, 3e7);
}

TEST(MemoryPlan, AModelOf7000MillionParametersTrainsItsAdapterOn24GB)
{
    PlannedRun run = runOnGpu(qwen(3584, 18944, 28, 4, 152064, false));
    run.lora = model::allLinear(16);
    run.rollout.slots = 24;
    EXPECT_LT(planMemory(run).total, of24GB);
}

TEST(MemoryPlan, IsWhatTheRunTakesOnTheProcessor)
{
    for (const model::ModelConfig& config : {model::tinyConfig(), model::tinyConfigWithOptions()}) {
        PlannedRun run = tinyRun();
        run.model = config;
        const MemoryPlan plan = planMemory(run);
        const auto backend = kernels::makeCpuBackend({.threads = 1});
        model::Parameters policy(*backend, config, model::Gradients::Kept);
        const std::size_t before = backend->bytesInUse();
        const TrainingCore core(*backend, policy, {{}, run.tokenBudget, run.maxSequenceTokens});
        EXPECT_EQ(backend->bytesInUse() - before, plan.optimizer + plan.activations);
    }
}

} // namespace
} // namespace ahascope::train
