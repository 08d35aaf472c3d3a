// Whether a device computes what the processor does: every operation, then whole passes and updates.
//
//   gpu_parity [--device cuda]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "core/train/supervised_trainer.h"
#include "kernels/devices.h"
#include "kernels/parity/parity.h"
#include "tests/core/train/trainer_support.h"

namespace {

using namespace ahascope;
using kernels::Backend;
using kernels::DType;

bool checkOperations(Backend& tested, Backend& reference)
{
    const kernels::ParityReport report = kernels::checkParity(tested, reference);
    for (const kernels::ParityCase& one : report.cases) {
        std::printf("%-24s %-44s %10.3g of %.0e %s %s\n", one.operation.c_str(), one.variant.c_str(), one.error,
            one.tolerance, one.passed ? "" : "FAILED", one.message.c_str());
    }
    return report.passed();
}

// A shape that the tensor cores take.
model::ModelConfig smallModel(bool qkNorm)
{
    model::ModelConfig config;
    config.vocabSize = 1500;
    config.hiddenSize = 192;
    config.intermediateSize = 320;
    config.layers = 3;
    config.heads = 4;
    config.kvHeads = 2;
    config.headDim = 64;
    config.maxPositions = 512;
    config.qkNorm = qkNorm;
    config.attentionBias = !qkNorm;
    return config;
}

struct Losses {
    std::vector<double> supervised;
    std::vector<double> gradNorms;
};

std::vector<std::int32_t> tokens(std::uint32_t seed, std::size_t count)
{
    std::vector<std::int32_t> result;
    for (std::uint32_t i = 0; i < count; ++i)
        result.push_back(static_cast<std::int32_t>(kernels::philox4x32({i, 0, 0, 0}, {seed, 0})[0] % 1500));
    return result;
}

std::vector<train::PolicyGroup> groups()
{
    std::vector<train::PolicyGroup> result(3);
    for (std::uint32_t g = 0; g < result.size(); ++g) {
        result[g].prompt = tokens(10 + g, 20 + 45 * g);
        for (std::uint32_t s = 0; s < 4; ++s) {
            train::PolicySample sample;
            sample.tokens = tokens(100 + 10 * g + s, 30 + 31 * s);
            sample.logProbs.assign(sample.tokens.size(), -7.3f);
            sample.advantage = float(s) - 1.5f;
            result[g].samples.push_back(std::move(sample));
        }
    }
    return result;
}

template <class Options>
void setUp(Options& options)
{
    options.optimizer.type = train::OptimizerType::AdamW8bit;
    options.schedule = {.type = train::SchedulerType::Constant, .learningRate = 1e-4};
    options.tokenBudget = 300;
    options.maxSequenceTokens = 256;
}

// The same updates from the same weights.
Losses trainOn(Backend& backend, DType stored, bool qkNorm)
{
    Losses losses;
    model::Parameters policy(backend, smallModel(qkNorm), model::Gradients::Kept, std::nullopt, stored);
    policy.initialise(3, 0.08);
    train::SupervisedTrainerOptions supervised;
    setUp(supervised);
    train::SupervisedTrainer teacher(backend, policy, supervised);
    const std::vector<train::SupervisedExample> texts = {{tokens(1, 130), {}}, {tokens(2, 77), {}}};
    for (int i = 0; i < 3; ++i)
        losses.supervised.push_back(teacher.update(texts).metrics.at("loss"));
    train::PolicyTrainerOptions options;
    setUp(options);
    options.loss.beta = 0.04;
    train::PolicyTrainer trainer(backend, policy, options);
    std::vector<train::PolicyGroup> samples = groups();
    for (int i = 0; i < 2; ++i)
        losses.gradNorms.push_back(trainer.update({.groups = samples, .items = 0}).metrics.at("grad_norm"));
    return losses;
}

bool compare(const char* what, const std::vector<double>& actual, const std::vector<double>& expected, double tolerance)
{
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double error = std::abs(actual[i] - expected[i]) / std::abs(expected[i]);
        largest = error <= largest ? largest : error; // a NaN stays
    }
    const bool passed = largest <= tolerance;
    std::printf("%-69s %10.3g of %.0e %s\n", what, largest, tolerance, passed ? "" : "FAILED");
    return passed;
}

bool checkModels(Backend& tested, Backend& reference)
{
    bool passed = true;
    for (const DType stored : {DType::F32, DType::BF16}) {
        for (const bool qkNorm : {false, true}) {
            const Losses expected = trainOn(reference, stored, qkNorm);
            const Losses actual = trainOn(tested, stored, qkNorm);
            const std::string name
                = std::string(stored == DType::F32 ? "F32" : "BF16") + (qkNorm ? ", QK-norm" : ", bias");
            const double tolerance = stored == DType::F32 ? 1e-4 : 2e-2;
            passed &= compare(("SFT, loss of 3 updates, " + name).c_str(), actual.supervised, expected.supervised,
                stored == DType::F32 ? 1e-5 : 1e-2);
            passed &= compare(
                ("GRPO, gradient norm of 2 updates, " + name).c_str(), actual.gradNorms, expected.gradNorms, tolerance);
        }
    }
    return passed;
}

// What is sampled has in training the log-probabilities that it was sampled with.
bool checkGap(Backend& tested, DType stored)
{
    model::Parameters policy(tested, smallModel(true), model::Gradients::Kept, std::nullopt, stored);
    policy.initialise(3, 0.08);
    std::vector<train::PolicyGroup> sampled = train::sampleGroups(tested, policy, 1.0f);
    train::PolicyTrainerOptions options;
    setUp(options);
    train::PolicyTrainer trainer(tested, policy, options);
    const auto metrics = trainer.update({.groups = sampled, .items = 0, .fresh = true}).metrics;
    const double gap = metrics.at("sampler_trainer_logprob_gap");
    const double tolerance = stored == DType::F32 ? 1e-5 : 2e-3;
    const bool passed = gap <= tolerance;
    std::printf("%-69s %10.3g of %.0e %s (largest %.3g, bit-equal %.3f)\n",
        stored == DType::F32 ? "gap of sampler and trainer, F32" : "gap of sampler and trainer, BF16", gap, tolerance,
        passed ? "" : "FAILED", metrics.at("sampler_trainer_logprob_gap_max"),
        metrics.at("sampler_trainer_equal_share"));
    return passed;
}

} // namespace

int main(int count, char** arguments)
{
    std::string device = "cuda";
    if (count == 3 && std::strcmp(arguments[1], "--device") == 0) {
        device = arguments[2];
    } else if (count != 1) {
        std::fprintf(stderr, "usage: gpu_parity [--device cuda]\n");
        return 2;
    }
    try {
        const auto tested = kernels::makeBackend(device);
        const auto reference = kernels::makeCpuBackend();
        std::printf("== %s against %s\n", tested->name().c_str(), reference->name().c_str());
        bool passed = checkOperations(*tested, *reference);
        passed &= checkModels(*tested, *reference);
        for (const DType stored : {DType::F32, DType::BF16})
            passed &= checkGap(*tested, stored);
        std::printf("%s\n", passed ? "all passed" : "something FAILED");
        return passed ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
